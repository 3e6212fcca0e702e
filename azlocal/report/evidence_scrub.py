"""What the evidence leaves out of its files: secrets, by the same rules as everything that leaves azlocal."""

from __future__ import annotations

from azlocal.core.scrub import LEFT_OUT, scrubbed, without_secrets

__all__ = ["LEFT_OUT", "scrubbed", "without_secrets"]
