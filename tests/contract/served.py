"""A sandbox with the query services on a loopback listener, and credentials the real clients take."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime, timezone

from azure.core.credentials import AccessToken

from azlocal.sandbox import identity
from azlocal.sandbox.carriers import Server
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.world import Azure

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
ARM = "https://management.azure.com/.default"


class Credential:
    """Tokens from the world itself, for whatever audience a client asks."""

    def __init__(self, azure):
        self._azure = azure

    def get_token(self, *scopes, **_):
        """Return a token."""
        audience = scopes[0].removesuffix("/.default")
        return AccessToken(identity.token(self._azure, identity.IDENTITY_CLIENT, audience), int(time.time()) + 3600)


@contextlib.contextmanager
def served(folder, *modules, documents=()):
    """Yield a world and the keywords of a client of it."""
    azure = Azure(VirtualClock(NOW))
    for module in modules:
        module.register(azure)
    for document in documents:
        azure.store.put(document)
    server = Server(Front(azure).handle)
    server.start(folder / "ca.pem")
    try:
        yield azure, server.base, {"credential": Credential(azure), "connection_verify": str(folder / "ca.pem")}
    finally:
        server.stop()
