"""The whole of Azure that the sandbox serves: an empty world with every provider in it."""

from __future__ import annotations

from azlocal.sandbox.clock import Clock
from azlocal.sandbox.world import Azure


def assemble(clock: Clock, *, seed: int = 0) -> Azure:
    """Return an empty world on *clock*; *seed* decides all that is drawn by chance in it."""
    from azlocal.sandbox import identity
    from azlocal.sandbox.providers import (
        arc_settings,
        authorization,
        clusters,
        deployment_settings,
        deployments,
        edge_devices,
        generic,
        ingestion,
        key_vault,
        log_analytics,
        machines,
        operation_status,
        permissions,
        policy_insights,
        resource_graph,
        resources,
        storage,
        updates,
    )

    azure = Azure(clock=clock, seed=seed)
    for module in (
        identity, operation_status, resources, deployments,
        clusters, deployment_settings, edge_devices, updates, arc_settings, machines,
        storage, permissions, policy_insights, authorization, key_vault, resource_graph, log_analytics, ingestion,
    ):  # fmt: skip
        module.register(azure)
    # What no provider above knows: last, so that its open routes never answer for theirs.
    generic.register(azure)
    return azure
