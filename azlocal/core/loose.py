"""JSON as it comes, read without trust: what is not of the kind that was wanted counts as empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def mapping(value: Any) -> Json:
    """Return *value* when it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Json]:
    """Return the objects of a list, empty when it is none."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """Return the texts of a list, empty when it is none."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
