"""No secret leaves by a file or a row: what looks like one is replaced, in texts and below names that tell of one.

azlocal holds no secret; but Azure's error texts, tags and plans are written by others, and go out as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LEFT_OUT = "(left out)"
_SURE = r"pass-?word|passwd|passphrase|pwd|(?:access|refresh|sas|bearer)[_-]?token|(?:api|access|account|shared-?access|signing|encryption)[_-]?key"
_LIKELY = rf"{_SURE}|secret|credential"
_NAMED = re.compile(rf"{_LIKELY}|connection-?string", re.IGNORECASE)
_VALUE = r"\"[^\"\n]*\"|'[^'\n]*'|[^\s;,&\"'{}\[\]()]+"
_PLAIN = frozenset({"ecesecretname", "secretname", "deploymentsecretname"})
"""Names of names: what they hold is how a secret is called."""
_TEXTS = (
    # Where a secret is: https://<vault>.vault.<domain>/secrets/<name>/<version>.
    (re.compile(r"https?://[^\s\"'<>/]{1,120}\.vault\.[^\s\"'<>/]{1,120}/(?:secrets|keys|certificates)/[^\s\"'<>;,)\]}]*", re.IGNORECASE),
     f"{LEFT_OUT[:-1]}: a vault's address)"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), LEFT_OUT),
    (re.compile(r"\beyJ[\w-]{8,8000}\.[\w-]{8,}(?:\.[\w-]*)?"), LEFT_OUT),
    (re.compile(r"(?i)\b(bearer|basic)\s+(?=\S*\d)[a-z0-9+/._~=-]{12,}"), rf"\1 {LEFT_OUT}"),
    # The signature of a SAS, the key of a function, and what stands before the host of an address.
    (re.compile(r"(?i)\b(sig|skn|skt)=[^\s&\"'<>;]{8,}"), rf"\1={LEFT_OUT}"),
    (re.compile(r"(?i)([?&]code=)[^\s&\"'<>;]{8,}"), rf"\1{LEFT_OUT}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^\s/@:\"']{1,200}:[^\s/@\"']{1,500}@"), rf"\1{LEFT_OUT}@"),
    # name=value, "name": "value", -Name value; and name: value where the name leaves no doubt.
    (re.compile(rf"(?i)((?:{_LIKELY})[\w-]{{0,60}}(?:[\"']?\s*=\s*|[\"']\s*:\s*))({_VALUE})"), rf"\1{LEFT_OUT}"),
    (re.compile(rf"(?i)((?:{_SURE})\s*:\s*)({_VALUE})"), rf"\1{LEFT_OUT}"),
    (re.compile(rf"(?i)(?<![\w-])(--?(?:{_SURE}|secret)\s+)({_VALUE})"), rf"\1{LEFT_OUT}"),
    # A storage account's key, as it stands alone: 64 bytes in base 64.
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])"), LEFT_OUT),
)  # fmt: skip


# In every text that any of these changes stands one of its words: most texts are looked through only once.
_HINT = re.compile(
    r"pass-?w|passphrase|pwd|token|key|secret|credential|connection-?string|\.vault\.|eyJ|bearer|basic|sig=|sk[nt]=|code=|@|==",
    re.IGNORECASE,
)


def scrubbed(text: str) -> str:
    """Return a text without what looks like a secret, or tells where one is."""
    if _HINT.search(text) is None:
        return text
    for pattern, told in _TEXTS:
        text = pattern.sub(told, text)
    return text


def without_secrets(value: Any, name: str = "") -> Any:
    """Return a document without secrets: texts are scrubbed, and those whose name tells of a secret are left out."""
    if isinstance(value, str):
        return LEFT_OUT if value and _tells(name) else scrubbed(value)
    if isinstance(value, Mapping):
        return {scrubbed(str(key)): without_secrets(part, str(key)) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(part, name) for part in value]
    return LEFT_OUT if value is not None and not isinstance(value, bool) and _tells(name) else value


def _tells(name: str) -> bool:
    return name.lower() not in _PLAIN and _NAMED.search(name) is not None
