"""What can be wrong with a template, in ARM's words."""

from __future__ import annotations


class TemplateError(Exception):
    """A template or expression that ARM refuses; the text is ARM's inner sentence without quotes around it."""

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class MalformedTemplateError(TemplateError):
    """JSON that is not a template at all: ARM refuses it while reading, before it evaluates anything."""


class KnownAtRunTimeError(Exception):
    """A value that only exists once resources have been deployed: `reference` and `list*`."""


def see(topic: str) -> str:
    """Return the sentence with which ARM ends most messages."""
    return f"Please see https://aka.ms/{topic} for usage details."
