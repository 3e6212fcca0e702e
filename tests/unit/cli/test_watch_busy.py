"""What a long command shows while it works: on a terminal alone, and nothing is left of it."""

from __future__ import annotations

import io
import sys
from threading import Event

import pytest

from azlocal.cli import busy as module
from azlocal.cli.busy import busy, line


class Terminal(io.StringIO):
    """A standard error that is a terminal and tells when it is written to."""

    def __init__(self):
        super().__init__()
        self.written = Event()

    def isatty(self):
        return True

    def write(self, text):
        found = super().write(text)
        self.written.set()
        return found


def test_a_terminal_sees_what_is_done_and_keeps_nothing(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with busy("reading the fleet"):
        assert terminal.written.wait(30)
    told = terminal.getvalue()
    assert "reading the fleet: 0 s" in told
    assert told.endswith("\r\x1b[K")


def test_what_is_quick_shows_nothing(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(module, "PATIENCE", 3600.0)
    with busy("reading the fleet"):
        pass
    assert terminal.getvalue() == ""


def test_a_log_sees_nothing(capsys, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with busy("reading the fleet"):
        pass
    assert capsys.readouterr().err == ""


def test_an_error_passes_and_the_line_goes(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with pytest.raises(KeyError), busy("reading the fleet"):
        assert terminal.written.wait(30)
        raise KeyError
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_the_line_fits_the_narrowest_terminal():
    assert line("x" * 80, 7200) == "x" * 39
    assert line("reading", 65) == "reading: 1 min"
