"""The evidence file: a zip whose bytes depend on its content alone, with the SHA-256 of all that is in it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from azlocal import __version__
from azlocal.core.times import format_time
from azlocal.report.evidence import files
from azlocal.service.evidence import Change

VERSION = "azlocal.evidence/1"
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
_MOMENT = (1980, 1, 1, 0, 0, 0)
_UNIX, _READABLE = 3, 0o100644 << 16


def evidence_zip(change: Change) -> bytes:
    """Return the file for one change."""
    packed = {name: text.encode("utf-8", "backslashreplace") for name, text in files(change)}
    packed[MANIFEST] = _manifest(change, packed)
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in packed.items())
    return _zip({**packed, SUMS: sums.encode()})


def _manifest(change: Change, packed: dict[str, bytes]) -> bytes:
    document = {
        "version": VERSION,
        "cluster": change.one.cluster.id,
        "asOf": format_time(change.look.now),
        "planDigest": change.look.plan_digest,
        "madeBy": f"azlocal {__version__}",
        "complete": not change.problems and change.rows is not None,
        "files": [
            {"name": name, "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
            for name, body in packed.items()
        ],
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def _zip(packed: dict[str, bytes]) -> bytes:
    """Store, not compress: compressors differ between versions, and the bytes must not."""
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_STORED) as archive:
        for name, body in packed.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            archive.writestr(entry, body)
    return told.getvalue()
