"""Making many values without a search for garbage among them: it is resumed, whatever happens."""

from __future__ import annotations

import gc

import pytest

from azlocal.core.garbage import uncollected


@pytest.fixture(autouse=True)
def _collecting():
    yield
    gc.enable()


def test_nothing_is_collected_meanwhile_and_afterwards_all_is_as_before():
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_off_before_stays_off():
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()


def test_an_error_does_not_keep_it_off():
    with pytest.raises(KeyError), uncollected():
        raise KeyError
    assert gc.isenabled()
