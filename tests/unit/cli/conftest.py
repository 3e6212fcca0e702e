"""The small fleets that the tests of views use serve here too; no AZLOCAL_* of the caller's shell reaches a test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith(("AZLOCAL_", "AZURE_", "IDENTITY_", "COLUMNS"))]:
        monkeypatch.delenv(name)
