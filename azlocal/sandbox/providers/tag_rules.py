"""What tags may be, and how they are merged and removed: names without regard to case, values with it.

Source: Azure's tag limits (50 a resource, name 512, value 256 characters, no reserved character in names).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from azlocal.sandbox.wire import ArmError

MOST, LONGEST_NAME, LONGEST_VALUE = 50, 512, 256
_RESERVED = re.compile(r"[<>%&\\?/\x00-\x1f\x7f]")


def checked(tags: Any) -> dict[str, str]:
    """Return *tags* as names and texts; raise ArmError (400) when Azure would not take them."""
    if tags is None:
        return {}
    if not isinstance(tags, Mapping) or not all(isinstance(value, str) or value is None for value in tags.values()):
        raise ArmError(400, "InvalidRequestContent", "The request content was invalid: tags must be names with texts.")
    found = {str(name): value or "" for name, value in tags.items()}
    _check_names(found)
    for name, value in found.items():
        if len(value) > LONGEST_VALUE:
            raise ArmError(
                400, "InvalidTagValueLength",
                f"Tag value too large. Following tag value '{value}' exceeded the maximum length. "
                f"Maximum allowed length for tag value - '{LONGEST_VALUE}' characters.", target=name,
            )  # fmt: skip
    return found


def _check_names(tags: Mapping[str, str]) -> None:
    reserved = [name for name in tags if _RESERVED.search(name) and not name.lower().startswith("hidden-")]
    if reserved:
        raise ArmError(
            400, "InvalidTagNameCharacters",
            f"The tag names '{', '.join(reserved)}' have reserved characters '<,>,%,&,\\,?,/' or control characters.",
        )  # fmt: skip
    long = [name for name in tags if not name or len(name) > LONGEST_NAME]
    if long:
        raise ArmError(
            400, "InvalidTagName",
            f"Tag key too large or empty. Following tag name '{long[0]}' is not allowed. "
            f"Maximum allowed length for tag name - '{LONGEST_NAME}' characters.",
        )  # fmt: skip
    if len({name.lower() for name in tags}) != len(tags):
        raise ArmError(400, "InvalidTagName", "The tag names are not case insensitively unique.")


def within_limit(tags: dict[str, str], resource_id: str) -> dict[str, str]:
    """Return *tags* when a resource may have that many, else raise ArmError (400)."""
    if len(tags) > MOST:
        raise ArmError(
            400, "TooManyTags",
            f"The number of tags '{len(tags)}' on '{resource_id}' exceeds the maximum permissible limit of '{MOST}'.",
        )  # fmt: skip
    return tags


def merged(standing: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return *standing* with *given* added or changed; a standing name keeps its spelling."""
    spelled = {name.lower(): name for name in standing}
    return {**standing, **{spelled.get(name.lower(), name): value for name, value in given.items()}}


def removed(standing: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return *standing* without the tags whose name and value *given* states."""
    wanted = {(name.lower(), value) for name, value in given.items()}
    return {name: value for name, value in standing.items() if (name.lower(), value) not in wanted}
