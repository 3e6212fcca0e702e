"""The rule and the tables that a world starts with are those that azlocal writes to: one schema on both sides."""

from __future__ import annotations

import pytest

from azlocal.core.tables import TABLES
from azlocal.sandbox.scenarios.population import streams


def test_every_table_of_the_product_has_its_stream_and_no_stream_is_left_over():
    assert set(streams()) == {f"Custom-{table}" for table in TABLES}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_stream_has_the_columns_of_its_table_in_order(table: str):
    assert streams()[f"Custom-{table}"] == [{"name": one.name, "type": one.type} for one in TABLES[table]]
