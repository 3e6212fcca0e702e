"""What the Function app keeps in its own storage account: small JSON documents in blobs, and a queue of asked ticks.

Reached with the identity that the host itself uses. Nothing is decided from what lies there,
but for the shards of a durable run (azlocal.azure.sharding), which are checked before they are believed.
Source: REST reference of the Queue service, Put Message; identity-based connections of Azure Functions.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from azure.core.rest import HttpRequest

from azlocal.azure import blobs
from azlocal.azure.clients import Connection
from azlocal.azure.credentials import _claims
from azlocal.azure.errors import translated
from azlocal.errors import AzlocalError, BadInput

SETTING = "AzureWebJobsStorage"
CONTAINER = "azlocal-function"
QUEUE = "azlocal-ticks"
_SUFFIXES = {"usgovernment": "core.usgovcloudapi.net", "china": "core.chinacloudapi.cn"}
_KEPT = timedelta(days=1)
"""How long a message that nobody takes stays: the next tick by the timer has long been."""


class WorkStorage:
    """Documents and messages of one Function app."""

    def __init__(self, connection: Connection, blob_service: str, queue_service: str) -> None:
        self._connection = connection
        self._container = f"{blob_service}/{CONTAINER}"
        self._messages = f"{queue_service}/{QUEUE}/messages"

    @classmethod
    def at(cls, connection: Connection, environment: Mapping[str, str]) -> WorkStorage:
        """Return the storage that the host's own settings name. Raises BadInput where they name none."""
        return cls(connection, *(_service(connection, environment, kind) for kind in ("blob", "queue")))

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a document, or None where there is none or it cannot be made sense of."""
        try:
            told = json.loads(blobs.read_text(self._connection, f"{self._container}/{name}"))
        except ValueError:
            return None
        except AzlocalError as error:
            if error.code == "BlobNotFound":
                return None
            raise
        return told if isinstance(told, dict) else None

    def write(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a document, in place of what is there."""
        headers = {"x-ms-blob-type": "BlockBlob", "content-type": "application/json"}
        content = json.dumps(document, separators=(",", ":")).encode()
        request = HttpRequest("PUT", f"{self._container}/{name}", headers=headers, content=content)
        blobs._send(self._connection, request, "write the blob")

    def post(self, text: str, delay: timedelta) -> None:
        """Put a message that becomes visible after *delay*; text as the host reads it, in base64."""
        content = base64.b64encode(text.encode()).decode()
        seconds = max(0, round(delay.total_seconds()))
        url = f"{self._messages}?visibilitytimeout={seconds}&messagettl={round(_KEPT.total_seconds())}"
        body = f"<QueueMessage><MessageText>{content}</MessageText></QueueMessage>"
        request = HttpRequest("POST", url, headers={"content-type": "application/xml"}, content=body.encode())
        blobs._send(self._connection, request, "put the message")


def _service(connection: Connection, environment: Mapping[str, str], kind: str) -> str:
    told = environment.get(f"{SETTING}__{kind}ServiceUri", "").rstrip("/")
    if told:
        return told
    account = environment.get(f"{SETTING}__accountName", "")
    if not account:
        raise BadInput(
            [f"{SETTING}: neither {SETTING}__accountName nor {SETTING}__{kind}ServiceUri is set"],
            remedy="set the identity-based connection of the host's storage account; a connection string is not used",
        )
    return f"https://{account}.{kind}.{_SUFFIXES.get(connection.cloud.name, 'core.windows.net')}"


def identity_of(connection: Connection) -> frozenset[str]:
    """Return the ids by which Azure's events name who acts here: application and object, in lower case."""
    with translated("sign in", connection.cloud.arm):
        claims = _claims(connection.credential.get_token(connection.cloud.arm_scope).token)
    return frozenset(str(claims[name]).lower() for name in ("appid", "azp", "oid") if claims.get(name))
