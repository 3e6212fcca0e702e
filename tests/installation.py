"""azlocal installed in a sandbox by its own templates, and that sandbox under Azure's public host names."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timezone
from pathlib import Path

from azure.core.credentials import AccessToken
from azure.mgmt.resource.deployments import DeploymentsMgmtClient

from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.sandbox.run import world

TEMPLATES = Path(__file__).parents[1] / "arm-templates"
NOW = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
GROUP = "rg-azlocal-install"
BASE = "https://packages.example.com/azlocal/"
PACKAGES = [
    {"name": f"p{at}", "version": "1.0", "file": f"p{at}-1.0-py3-none-any.whl", "sha256": f"{at:064x}"}
    for at in range(12)
]
ACCOUNT = "Microsoft.Automation/automationAccounts"


class SignedIn:
    """The credential of a person, or of the account's identity."""

    def __init__(self, azure, client):
        self._azure, self._client = azure, client

    def get_token(self, *scopes, **_):
        audience = scopes[0].removesuffix("/.default")
        return AccessToken(identity.token(self._azure, self._client, audience, 10**9), 10**11)


class Installation:
    """A scenario's world in this process, with a resource group to install azlocal in."""

    def __init__(self, scenario="single-happy", clock=None):
        self.front, self.plan, self.inputs = world(scenario, clock or VirtualClock(NOW))
        self.azure = self.front.azure
        self.subscription = next(iter(self.azure.store.of_type("Microsoft.Resources/subscriptions")))["subscriptionId"]
        self.group_id = f"/subscriptions/{self.subscription}/resourceGroups/{GROUP}"
        self.azure.store.put(
            {
                "id": self.group_id, "name": GROUP, "type": "Microsoft.Resources/resourceGroups",
                "location": "westeurope", "properties": {"provisioningState": "Succeeded"},
            }
        )  # fmt: skip
        self.person = SignedIn(self.azure, identity.PERSON_CLIENT)
        self.transport = InProcessTransport(self.handle, self.azure.clock.sleep)
        self.client = DeploymentsMgmtClient(
            self.person, self.subscription, base_url="https://management.azure.com", transport=self.transport,
            polling_interval=1,
        )  # fmt: skip
        self.outputs = {}

    def handle(self, request):
        """Answer as Azure does under its public names: blobs and queues are on hosts of the account's own."""
        host = request.headers.get("host", "")
        for service, place in ((".blob.", ""), (".queue.", ".queue")):
            account, _, rest = host.partition(service)
            if rest:
                request = dataclasses.replace(request, path=f"/{account}{place}{request.path}")
        return self.front.handle(request)

    # the templates

    def body(self, name="main.json", **given):
        template = json.loads((TEMPLATES / name).read_text("utf-8"))
        known = {"contentBase": BASE, "packages": PACKAGES} if name == "main.json" else {}
        parameters = {key: {"value": value} for key, value in {**known, **given}.items()}
        return {"properties": {"mode": "Incremental", "template": template, "parameters": parameters}}

    def install(self, **given):
        """Deploy main.json; return its outputs."""
        done = self.client.deployments.begin_create_or_update(GROUP, "azlocal", self.body(**given)).result().as_dict()
        assert done["properties"]["provisioningState"] == "Succeeded", done
        self.outputs = {name: one["value"] for name, one in done["properties"]["outputs"].items()}
        return self.outputs

    def what_if(self, **given):
        told = self.client.deployments.begin_what_if(GROUP, "azlocal", self.body(**given)).result().as_dict()
        return {one["resourceId"]: one["changeType"] for one in told["properties"]["changes"]}

    def roles_body(self, **given):
        cluster = next(iter(self.azure.store.of_type("Microsoft.AzureStackHCI/clusters")))["id"]
        observer, operator = self.outputs["observerPrincipalId"], self.outputs["operatorPrincipalId"]
        known = {
            "observerPrincipalIds": [observer, operator],
            "operatorPrincipalIds": [operator],
            "clusterResourceGroups": [cluster.split("/")[4]],
            "leaseContainerId": self.outputs["leaseContainerId"],
        }
        return {"location": "westeurope", **self.body("roles.json", **{**known, **given})}

    def give_roles(self, **given):
        poller = self.client.deployments.begin_create_or_update_at_subscription_scope
        done = poller("azlocal-roles", self.roles_body(**given)).result().as_dict()
        assert done["properties"]["provisioningState"] == "Succeeded", done
        return done["properties"]["outputs"]["roleIds"]["value"]

    # what came of them

    def of_type(self, kind):
        return [one for one in self.azure.store.of_type(kind) if one["id"].lower().startswith(self.group_id.lower())]

    def jobs(self):
        """Return (runbook, argument) of every schedule's link, as the deployed account has them."""
        return [
            (one["properties"]["runbook"]["name"], next(iter(one["properties"]["parameters"].values())))
            for one in self.of_type(f"{ACCOUNT}/jobSchedules")
        ]

    def variables(self):
        """Return the account's variables as a job reads them."""
        found = self.of_type(f"{ACCOUNT}/variables")
        return {one["name"]: json.loads(one["properties"]["value"]) for one in found}

    def plan_here(self):
        """Return the scenario's plan with the lease that was installed."""
        old = next(line for line in self.plan.splitlines() if line.startswith("lease: "))
        return self.plan.replace(old, f"lease: {self.outputs['leaseContainerId']}")


def push(place):
    """Upload plan and inputs as `plan push` does."""
    from azlocal.azure.blobs import write_text
    from azlocal.azure.clients import connect

    person = connect("public", "person", {}, transport=place.transport, credential=place.person)
    for name, text in place.inputs.items():
        write_text(person, place.outputs["AZLOCAL_INPUTS"] + name, text)
    write_text(person, place.outputs["AZLOCAL_PLAN"], place.plan_here())
