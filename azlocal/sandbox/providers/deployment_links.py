"""Templates and parameters that are not in the request: template specs, and blobs of the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from azlocal.sandbox.store import Document
from azlocal.sandbox.templates.values import lookup
from azlocal.sandbox.wire import ArmError, loads_lenient
from azlocal.sandbox.world import Azure


def linked_template(azure: Azure, link: Any) -> tuple[Any, Document]:
    """Return the template that *link* points to and the link as a deployment shows it; raise `ArmError` (400)."""
    if not isinstance(link, dict):
        raise _not_loaded(str(link))
    spec = lookup(link, "id")
    if spec:
        return _main_template(azure, str(spec)), link
    content = _content(azure, lookup(link, "uri"))
    version = lookup(content, "contentVersion") if isinstance(content, dict) else None
    return content, {"contentVersion": version, **link}


def linked_parameters(azure: Azure, link: Any) -> Any:
    """Return the parameters of the file that *link* points to; raise `ArmError` (400)."""
    content = _content(azure, lookup(link, "uri") if isinstance(link, dict) else None)
    return lookup(content, "parameters") if isinstance(content, dict) else None


def _main_template(azure: Azure, version_id: str) -> Any:
    version = azure.store.get(version_id)
    if version is None:
        raise ArmError(
            404, "TemplateSpecVersionNotFound", f"The Template Spec version '{version_id}' could not be found."
        )
    properties: Mapping[str, Any] = version.get("properties") or {}
    return lookup(properties, "mainTemplate")


def _content(azure: Azure, uri: Any) -> Any:
    parts = urlsplit(str(uri or ""))
    account, _, service = parts.netloc.partition(".")
    container, _, name = parts.path.lstrip("/").partition("/")
    blob = azure.blobs.get((account, container, name)) if service.startswith("blob.") else None
    if blob is None:
        raise _not_loaded(str(uri))
    try:
        return loads_lenient(blob)
    except ValueError as error:
        raise _not_loaded(str(uri)) from error


def _not_loaded(uri: str) -> ArmError:
    return ArmError(
        400, "InvalidContentLink",
        f"Unable to download deployment content from '{uri}'. Please see https://aka.ms/arm-deploy for usage details.",
    )  # fmt: skip
