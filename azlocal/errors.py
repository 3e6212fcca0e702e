"""What can go wrong, for the person who must act.

AzlocalError
BadInput          your input is wrong; nothing was sent (exit 2)
AzureRefused      Azure answered no: identity, rights, a resource that is not there (exit 3)
AzureUnreachable  Azure gave no answer (exit 3)
Incomplete        Azure answered, but not the whole fleet (exit 3)
"""

from __future__ import annotations

from collections.abc import Sequence


class AzlocalError(Exception):
    """An error raised on purpose: what happened, and in `remedy` what to do next."""

    exit_code = 3

    def __init__(self, message: str, *, remedy: str, code: str = "", evidence: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code
        self.evidence = evidence


class BadInput(AzlocalError):
    """Input that cannot be used. `problems` names every mistake, each with its place."""

    exit_code = 2

    def __init__(self, problems: Sequence[str], *, remedy: str) -> None:
        count = len(problems)
        head = problems[0] if count == 1 else f"{count} problems:\n  " + "\n  ".join(problems)
        super().__init__(head, remedy=remedy)
        self.problems = tuple(problems)


class AzureRefused(AzlocalError):
    """Azure refused: no right, no such resource, no valid token."""


class AzureUnreachable(AzlocalError):
    """No answer that says anything: network, name, certificate, time-out, or throttled for too long."""


class Incomplete(AzlocalError):
    """An answer that cannot be the whole one."""
