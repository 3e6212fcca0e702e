"""The one module that starts things: deployments and extension writes (design, law 5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import azlocal
from azlocal.azure.clients import Answer, Connection, Unknown
from azlocal.azure.tagging import merge_tags
from azlocal.core.decisions import Start, StartValidation, UpdateExtension
from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import deployment_name, key, parse_id
from azlocal.core.plan import Inputs
from azlocal.core.tags import OP, Intent
from azlocal.core.times import format_stamp
from azlocal.errors import AzlocalError
from azlocal.ports import Sent

EXTENSION_API = "2024-07-10"
EXTENSION = "AzureEdgeLifecycleManager"
PUBLISHER = "Microsoft.AzureStack.Orchestration"
KIND = "LcmController"


@cache
def template() -> Mapping[str, Any]:
    """Return `solution-upgrade.json`: from the wheel, or from the source tree it is built from."""
    packed = resources.files("azlocal").joinpath("data", "solution-upgrade.json")
    if packed.is_file():
        text = packed.read_text("utf-8")
    else:
        text = (Path(azlocal.__file__).parents[1] / "arm-templates" / "solution-upgrade.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


class AzureStarter:
    """Sends starts, each as exactly one request."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write_intent(self, cluster_id: str, intent: Intent) -> bool:
        """Write `azlocal-op` and return whether Azure's answer shows it standing."""
        try:
            standing = merge_tags(self._connection, cluster_id, {OP: intent.text()})
        except AzlocalError:
            return False
        return standing.get(OP) == intent.text()

    def start(self, start: Start, cluster: ClusterFacts, inputs: Inputs | None, intent: Intent) -> Sent:
        """Send *start* once. Whatever goes wrong without an answer of ARM is `unknown`."""
        if isinstance(start, UpdateExtension):
            return self._extensions(start, cluster)
        if inputs is None:
            return Sent(outcome="not-sent", code="InputsMissing", message="no inputs for this cluster")
        mode = "Validate" if isinstance(start, StartValidation) else "Deploy"
        return self._deploy(mode, cluster, inputs, intent)

    def _deploy(self, mode: str, cluster: ClusterFacts, inputs: Inputs, intent: Intent) -> Sent:
        target = parse_id(cluster.id)
        body = deployment_body(mode, target.name, inputs, intent)
        answer = self._connection.deploy_once(target.subscription, target.group, deployment_name(cluster.id), body)
        return sent(answer)

    def _extensions(self, start: UpdateExtension, cluster: ClusterFacts) -> Sent:
        known = {key(machine.id): machine for machine in cluster.machines or ()}
        last = Sent(outcome="not-sent", message="no machine needs the extension")
        for machine_id in start.machines:
            location = known[key(machine_id)].location or cluster.location
            answer = self._connection.send_once(
                "PUT", f"{machine_id}/extensions/{EXTENSION}", EXTENSION_API, extension_body(location)
            )
            last = sent(answer)
            if last.outcome != "accepted":
                break
        return last


def deployment_body(mode: str, cluster_name: str, inputs: Inputs, intent: Intent) -> dict[str, Any]:
    """Return the body of the deployment: our template, its parameters, and tags that tell whose it is."""
    parameters = {"deploymentMode": mode, "clusterName": cluster_name, **inputs.parameters}
    return {
        "tags": {
            "azlocal-mode": mode.lower(),
            "azlocal-inputs": intent.inputs,
            "azlocal-plan": intent.plan,
            "azlocal-attempt": str(intent.attempt),
            "azlocal-tick": format_stamp(intent.at),
        },
        "properties": {
            "mode": "Incremental",
            "template": template(),
            "parameters": {name: {"value": value} for name, value in parameters.items()},
        },
    }


def extension_body(location: str) -> dict[str, Any]:
    """Return the body that installs the LCM extension, or brings it to the newest version."""
    return {
        "location": location,
        "properties": {
            "publisher": PUBLISHER,
            "type": KIND,
            "autoUpgradeMinorVersion": False,
            "enableAutomaticUpgrade": True,
            "settings": {},
        },
    }


def sent(answer: Answer | Unknown) -> Sent:
    """Return what an answer to a start tells: 2xx accepted, 4xx refused, the rest unknown."""
    if isinstance(answer, Unknown):
        return Sent(outcome="unknown", message=answer.text)
    outcome = "accepted" if answer.status < 300 else "refused"
    if answer.status >= 500 or answer.status in {300, 301, 302, 307, 308, 408}:
        outcome = "unknown"
    return Sent(
        outcome=outcome, status=answer.status, code=answer.code, message=answer.message,
        correlation_id=answer.correlation_id,
    )  # fmt: skip
