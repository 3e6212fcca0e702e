"""The pages about situations and validation are made from the data, and are not stale."""

from __future__ import annotations

from situations_document import SITUATIONS, VALIDATION, situations_page, validation_page

STALE = "run: python tests/golden/situations_document.py"


def test_every_situation_is_documented():
    assert SITUATIONS.read_text("utf-8") == situations_page(), STALE


def test_every_test_of_the_validator_is_documented():
    page = VALIDATION.read_text("utf-8")
    assert validation_page(page) == page, STALE
