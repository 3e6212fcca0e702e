"""The mode Complete: what the group holds and the template does not name is deleted once the rest has succeeded."""

from __future__ import annotations

from datetime import datetime

from azlocal.sandbox.providers.deployment_asks import Ask
from azlocal.sandbox.providers.deployment_lookups import send
from azlocal.sandbox.store import Document
from azlocal.sandbox.templates.expansion import Plan
from azlocal.sandbox.templates.ids import taken_apart
from azlocal.sandbox.templates.planned import DEPLOYMENTS
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure


def unnamed(azure: Azure, scope: str, plan: Plan) -> list[Document]:
    """Return the group's top-level resources that the template does not name.

    A resource whose condition is false counts as unnamed; deployments, children and extensions are never deleted.
    Source: documentation of deployment modes.
    """
    named = {one.id.lower() for one in plan.resources if one.wanted}
    prefix = f"{scope}/providers/".lower()
    return [
        document
        for document in azure.store.all()
        if document["id"].lower().startswith(prefix)
        and document["id"].lower() not in named
        and _deletable(document, scope)
    ]


def _deletable(document: Document, scope: str) -> bool:
    parts = taken_apart(document["id"])
    top = parts is not None and parts.scope.lower() == scope.lower() and len(parts.names) == 1
    return top and "location" in document and document["type"].lower() != DEPLOYMENTS


def delete_unnamed(azure: Azure, ask: Ask, plan: Plan, now: datetime) -> Document | None:
    """Ask the providers to delete what the template does not name; return the error of the first that refuses."""
    for document in unnamed(azure, ask.scope, plan) if ask.mode == "Complete" else ():
        try:
            send(azure, ask, "DELETE", document["id"], newest_version(azure, document["type"]), now)
        except ArmError as error:
            return error.error()
    return None


def newest_version(azure: Azure, kind: str) -> str:
    """Return the newest api-version that the provider of *kind* takes."""
    versions = [
        version
        for route in azure.router.routes
        if route.resource_type.lower() == kind.lower()
        for version in route.api_versions or ()
    ]
    return max(versions, default="2025-04-01")
