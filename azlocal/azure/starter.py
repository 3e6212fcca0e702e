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
from azlocal.core.facts import ClusterFacts, ExtensionFacts
from azlocal.core.ids import deployment_name, key, name_of, parse_id
from azlocal.core.plan import Inputs
from azlocal.core.tags import OP, Intent, value_of
from azlocal.core.times import format_stamp
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
        return value_of(merge_tags(self._connection, cluster_id, {OP: intent.text()}), OP) == intent.text()

    def start(self, start: Start, cluster: ClusterFacts, inputs: Inputs | None, intent: Intent) -> Sent:
        """Send *start* once. Whatever goes wrong without an answer of ARM is `unknown`."""
        if isinstance(start, UpdateExtension):
            return self._extension(start, cluster)
        if inputs is None:
            return Sent(outcome="not-sent", code="InputsMissing", message="no inputs for this cluster")
        mode = "Validate" if isinstance(start, StartValidation) else "Deploy"
        return self._deploy(mode, cluster, inputs, intent)

    def _deploy(self, mode: str, cluster: ClusterFacts, inputs: Inputs, intent: Intent) -> Sent:
        target = parse_id(cluster.id)
        body = deployment_body(mode, target.name, inputs, intent)
        answer = self._connection.deploy_once(target.subscription, target.group, deployment_name(cluster.id), body)
        return sent(answer)

    def _extension(self, start: UpdateExtension, cluster: ClusterFacts) -> Sent:
        if len(start.machines) != 1:
            return Sent(outcome="not-sent", code="NoMachine", message="an extension is written machine by machine")
        machine_id = start.machines[0]
        machine = next((one for one in cluster.machines or () if key(one.id) == key(machine_id)), None)
        lcm = machine.lcm if machine else None
        name = name_of(lcm.id) if isinstance(lcm, ExtensionFacts) else EXTENSION
        body = extension_body((machine.location if machine else "") or cluster.location)
        return sent(self._connection.send_once("PUT", f"{machine_id}/extensions/{name}", EXTENSION_API, body))


def deployment_body(mode: str, cluster_name: str, inputs: Inputs, intent: Intent) -> dict[str, Any]:
    """Return the body of the deployment: our template, its parameters, and tags that tell whose it is."""
    # Mode and name come last: no file of inputs may say what is started, or where.
    parameters = {**inputs.parameters, "deploymentMode": mode, "clusterName": cluster_name}
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
    """Return what an answer to a start tells: 2xx accepted, 4xx (but for 408) refused, the rest unknown."""
    if isinstance(answer, Unknown):
        return Sent(outcome="unknown", message=answer.text)
    refused = 400 <= answer.status < 500 and answer.status != 408
    outcome = "accepted" if answer.status < 300 else "refused" if refused else "unknown"
    return Sent(
        outcome=outcome, status=answer.status, code=answer.code, message=answer.message,
        correlation_id=answer.correlation_id,
    )  # fmt: skip
