"""Searches for cyclic garbage are put off where they cost much and find nothing, and are made again afterwards."""

from __future__ import annotations

import gc

import pytest

from azlocal.core.garbage import set_aside, uncollected


@pytest.mark.parametrize("collecting", [True, False])
def test_collecting_is_afterwards_as_it_was_even_after_an_error(collecting):
    if not collecting:
        gc.disable()
    try:
        with pytest.raises(KeyError), uncollected():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() is collecting
    finally:
        gc.enable()


def test_what_was_there_is_not_searched_meanwhile_and_is_again_afterwards():
    before = gc.get_freeze_count()
    with pytest.raises(KeyError), set_aside():
        assert gc.get_freeze_count() > before
        assert gc.isenabled()
        raise KeyError
    assert gc.get_freeze_count() == 0


def test_what_somebody_else_has_set_aside_stays_so_where_nothing_is_looked_for():
    gc.freeze()
    try:
        with uncollected(), set_aside():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
