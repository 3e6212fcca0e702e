"""Names that templates compute: unique strings, GUIDs, and the hash of a template."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

# Sources: several independent public implementations of `guid` and `uniqueString` agree on these.
_GUID_NAMESPACE = uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LOW = 0x239B961B
_HIGH = 0xAB0E9789
_WORD = 0xFFFFFFFF


def guid_of(text: str) -> str:
    """Return the version 5 UUID of *text* in ARM's namespace."""
    return str(uuid.uuid5(_GUID_NAMESPACE, text))


@lru_cache(maxsize=4096)
def unique_string(text: str) -> str:
    """Return the 64-bit Murmur hash of *text* in base 32: 13 characters of a-z and 2-7."""
    value = murmur64(text.encode())
    return "".join(_ALPHABET[(value << 5 * place >> 59) & 31] for place in range(13))


def murmur64(data: bytes) -> int:
    """Return ARM's variant of the 64-bit Murmur hash of *data*: two interleaved 32-bit lanes."""
    one = two = 0
    whole = len(data) - len(data) % 8
    for at in range(0, whole, 8):
        one ^= _scrambled(data[at : at + 4], _LOW, 15, _HIGH)
        one = (_turned(one, 19) + two) * 5 + 0x561CCD1B & _WORD
        two ^= _scrambled(data[at + 4 : at + 8], _HIGH, 17, _LOW)
        two = (_turned(two, 13) + one) * 5 + 0x0BCAA747 & _WORD
    one ^= _scrambled(data[whole : whole + 4], _LOW, 15, _HIGH)
    two ^= _scrambled(data[whole + 4 :], _HIGH, 17, _LOW)
    return _finished(one, two, len(data))


def _scrambled(piece: bytes, first: int, turn: int, second: int) -> int:
    word = int.from_bytes(piece, "little") * first & _WORD
    return _turned(word, turn) * second & _WORD


def _turned(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & _WORD


def _finished(one: int, two: int, length: int) -> int:
    two ^= length
    one = (one ^ length) + two & _WORD
    two = two + one & _WORD
    one, two = _mixed(one), _mixed(two)
    one = one + two & _WORD
    two = two + one & _WORD
    return two << 32 | one


def _mixed(word: int) -> int:
    word = (word ^ word >> 16) * 0x85EBCA6B & _WORD
    word = (word ^ word >> 13) * 0xC2B2AE35 & _WORD
    return word ^ word >> 16


def minified(template: Mapping[str, Any]) -> str:
    """Return *template* as JSON without white space."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False)


def template_hash(template: Mapping[str, Any]) -> str:
    """Return a number in decimal that stays the same as long as the template does."""
    digest = hashlib.blake2b(minified(template).encode(), digest_size=8).digest()
    return str(int.from_bytes(digest, "big"))
