"""What Azure adds to a resource it was given: ids, endpoints, states. One small function for each type."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers.ids import not_found, parts_of
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure, Principal


@dataclass(frozen=True, slots=True)
class Draft:
    """A resource about to be stored, and what stood in its place."""

    azure: Azure
    document: Document
    before: Document | None
    now: datetime
    principal: Principal | None

    @property
    def name(self) -> str:
        """Return the resource's own name."""
        return str(self.document["name"])

    @property
    def properties(self) -> dict[str, Any]:
        """Return the properties, to be filled."""
        found: dict[str, Any] = self.document["properties"]
        return found

    def guid(self) -> str:
        """Return a new GUID."""
        return str(uuid.UUID(int=self.azure.random.getrandbits(128), version=4))

    def keep(self, name: str, make: Callable[[], Any]) -> None:
        """Set a read-only property: what it was before, else what *make* returns."""
        standing = (self.before or {}).get("properties", {}).get(name)
        self.properties[name] = make() if standing is None else standing

    def default(self, **values: Any) -> None:
        """Set the properties that were not given."""
        for name, value in values.items():
            if self.properties.get(name) is None:
                self.properties[name] = value


def identity(draft: Draft) -> None:
    """Fill principal and tenant of a managed identity; raise FailedIdentityOperation (400) for an unknown one."""
    given = draft.document.get("identity")
    if not isinstance(given, dict):
        return
    kinds = str(given.get("type", "None")).replace(" ", "").lower().split(",")
    standing = (draft.before or {}).get("identity") or {}
    if "systemassigned" in kinds:
        given["principalId"] = standing.get("principalId") or draft.guid()
        given["tenantId"] = draft.azure.tenant_id
    for resource_id in list(given.get("userAssignedIdentities") or {}):
        found = draft.azure.store.get(resource_id)
        if found is None:
            raise ArmError(
                400, "FailedIdentityOperation",
                f"Identity operation for resource '{draft.document['id']}' failed with error 'Failed to perform resource "
                f"identity operation. Status: 'BadRequest'. The identity '{resource_id}' could not be found.",
            )  # fmt: skip
        assign = ("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", found["id"])
        draft.azure.require_linked(draft.principal, _write(draft), assign)
        known = {name: found["properties"][name] for name in ("principalId", "clientId")}
        given["userAssignedIdentities"][resource_id] = known


def _write(draft: Draft) -> tuple[str, str]:
    return f"{draft.document['type']}/write", str(draft.document["id"])


def extended_location(draft: Draft) -> None:
    """Ask for the right to deploy to a custom location. Source: Azure Arc documentation, custom locations."""
    place = draft.document.get("extendedLocation")
    name = str(place.get("name") or "") if isinstance(place, dict) else ""
    if "/customlocations/" in name.lower():
        deploy = ("Microsoft.ExtendedLocation/customLocations/deploy/action", name)
        draft.azure.require_linked(draft.principal, _write(draft), deploy)


def system_data(draft: Draft) -> None:
    """Say who made the resource and who changed it last."""
    by = draft.principal.client_id if draft.principal is not None else "Microsoft.Resources"
    last = {"lastModifiedBy": by, "lastModifiedByType": "Application", "lastModifiedAt": stamp(draft.now)}
    first = {"createdBy": by, "createdByType": "Application", "createdAt": stamp(draft.now)}
    draft.document["systemData"] = {**first, **((draft.before or {}).get("systemData") or {}), **last}


def complete(draft: Draft) -> None:
    """Fill what every resource has, then what its type has."""
    identity(draft)
    extended_location(draft)
    system_data(draft)
    special = _BY_TYPE.get(str(draft.document["type"]).lower())
    if special is not None:
        special(draft)


def _user_assigned(draft: Draft) -> None:
    draft.keep("tenantId", lambda: draft.azure.tenant_id)
    draft.keep("principalId", draft.guid)
    draft.keep("clientId", draft.guid)


def _component(draft: Draft) -> None:
    draft.keep("AppId", draft.guid)
    draft.keep("InstrumentationKey", draft.guid)
    draft.keep("CreationDate", lambda: stamp(draft.now))
    place = str(draft.document.get("location", ""))
    draft.properties["ConnectionString"] = (
        f"InstrumentationKey={draft.properties['InstrumentationKey']};"
        f"IngestionEndpoint=https://{place}-1.in.applicationinsights.azure.com/;"
        f"ApplicationId={draft.properties['AppId']}"
    )
    draft.properties.update(ApplicationId=draft.name, TenantId=draft.document["id"].split("/")[2])


def _workbook(draft: Draft) -> None:
    try:
        uuid.UUID(draft.name)
    except ValueError as error:
        raise ArmError(400, "BadRequest", f"The workbook name '{draft.name}' must be a GUID.") from error
    draft.properties.update(timeModified=stamp(draft.now), revision=draft.guid().replace("-", ""))
    draft.default(category="workbook", version="Notebook/1.0")


def _action_group(draft: Draft) -> None:
    short = str(draft.properties.get("groupShortName", ""))
    if not 1 <= len(short) <= 12:
        raise ArmError(400, "BadRequest", "The groupShortName must have 1 to 12 characters.")
    draft.default(enabled=True)


def _automation_account(draft: Draft) -> None:
    draft.keep("creationTime", lambda: stamp(draft.now))
    draft.keep("automationHybridServiceUrl", lambda: f"https://{draft.guid()}.jrds.automation.azure.com")
    draft.properties.update(state="Ok", lastModifiedTime=stamp(draft.now))
    draft.default(publicNetworkAccess=True)


def _runbook(draft: Draft) -> None:
    published = draft.properties.get("publishContentLink") is not None
    draft.keep("creationTime", lambda: stamp(draft.now))
    draft.keep("state", lambda: "Published" if published else "New")
    draft.properties["lastModifiedTime"] = stamp(draft.now)


def _job(draft: Draft) -> None:
    draft.keep("jobId", draft.guid)
    draft.keep("creationTime", lambda: stamp(draft.now))
    draft.keep("status", lambda: "New")
    draft.properties["provisioningState"] = "Processing"


def _automation_variable(draft: Draft) -> None:
    if draft.properties.get("isEncrypted"):
        draft.properties.pop("value", None)


def _automation_credential(draft: Draft) -> None:
    draft.properties.pop("password", None)


def _plan(draft: Draft) -> None:
    draft.properties.update(status="Ready", numberOfWorkers=1, numberOfSites=0)


def _site(draft: Draft) -> None:
    host = f"{draft.name.lower()}.azurewebsites.net"
    draft.properties.update(state="Running", enabled=True, defaultHostName=host, hostNames=[host])
    draft.keep("customDomainVerificationId", lambda: draft.guid().replace("-", "").upper())
    config = draft.properties.get("siteConfig")
    if isinstance(config, dict):
        config.pop("appSettings", None)  # Azure answers settings only to POST config/appsettings/list.


def _system_topic(draft: Draft) -> None:
    draft.keep("metricResourceId", draft.guid)


def _event_subscription(draft: Draft) -> None:
    parent = parts_of(draft.document["id"])
    draft.properties["topic"] = parent.parent or parent.scope
    draft.default(eventDeliverySchema="EventGridSchema")


def _scheduler(draft: Draft) -> None:
    draft.properties["endpoint"] = f"https://{draft.name}.{draft.document.get('location', '')}.durabletask.io"


def _task_hub(draft: Draft) -> None:
    draft.properties["dashboardUrl"] = f"https://dashboard.durabletask.io/taskHubs/{draft.name}"


def _appliance(draft: Draft) -> None:
    draft.default(distro="AKSEdge", infrastructureConfig={"provider": "HCI"})
    draft.keep("status", lambda: "Running")
    draft.keep("version", lambda: "1.4.1")


def _custom_location(draft: Draft) -> None:
    host = draft.properties.get("hostResourceId")
    if host and draft.azure.store.get(str(host)) is None:
        raise not_found(str(host))
    draft.default(hostType="Kubernetes", displayName=draft.name, namespace=draft.name)


def _connected_cluster(draft: Draft) -> None:
    draft.keep("connectivityStatus", lambda: "Connected")
    draft.keep("agentVersion", lambda: "1.20.3")


def _diagnostic_setting(draft: Draft) -> None:
    """Ask for the keys of the workspace that is sent to. Source: message of LinkedAuthorizationFailed in public reports."""
    workspace = draft.properties.get("workspaceId")
    if workspace:
        keys = ("Microsoft.OperationalInsights/workspaces/sharedKeys/action", str(workspace))
        draft.azure.require_linked(draft.principal, _write(draft), keys)


def _security_settings(draft: Draft) -> None:
    """Take what is assigned; how the cluster complies is for the cluster to tell."""
    pending = ("securedCoreCompliance", "wdacCompliance", "dataAtRestEncrypted", "dataInTransitProtected")
    draft.keep(
        "securityComplianceStatus", lambda: {**dict.fromkeys(pending, "Pending"), "lastUpdated": stamp(draft.now)}
    )
    names = ("securedCore", "wdac", "smbEncryptionForIntraClusterTraffic")
    draft.default(**{f"{name}ComplianceAssignment": "Audit" for name in names})


def _namespace(draft: Draft) -> None:
    draft.properties["serviceBusEndpoint"] = f"https://{draft.name}.servicebus.windows.net:443/"
    draft.properties["status"] = "Active"


def _registry(draft: Draft) -> None:
    draft.properties["loginServer"] = f"{draft.name.lower()}.azurecr.io"


def _policy_assignment(draft: Draft) -> None:
    draft.properties["scope"] = parts_of(draft.document["id"]).scope
    draft.default(enforcementMode="Default", notScopes=[], parameters={})


_AUTOMATION = "microsoft.automation/automationaccounts"
_BY_TYPE: dict[str, Callable[[Draft], None]] = {
    "microsoft.managedidentity/userassignedidentities": _user_assigned,
    "microsoft.insights/components": _component,
    "microsoft.insights/workbooks": _workbook,
    "microsoft.insights/actiongroups": _action_group,
    _AUTOMATION: _automation_account,
    f"{_AUTOMATION}/runbooks": _runbook,
    f"{_AUTOMATION}/jobs": _job,
    f"{_AUTOMATION}/variables": _automation_variable,
    f"{_AUTOMATION}/credentials": _automation_credential,
    "microsoft.web/serverfarms": _plan,
    "microsoft.web/sites": _site,
    "microsoft.eventgrid/systemtopics": _system_topic,
    "microsoft.eventgrid/systemtopics/eventsubscriptions": _event_subscription,
    "microsoft.eventgrid/eventsubscriptions": _event_subscription,
    "microsoft.durabletask/schedulers": _scheduler,
    "microsoft.durabletask/schedulers/taskhubs": _task_hub,
    "microsoft.resourceconnector/appliances": _appliance,
    "microsoft.extendedlocation/customlocations": _custom_location,
    "microsoft.kubernetes/connectedclusters": _connected_cluster,
    "microsoft.azurestackhci/clusters/securitysettings": _security_settings,
    "microsoft.insights/diagnosticsettings": _diagnostic_setting,
    "microsoft.eventhub/namespaces": _namespace,
    "microsoft.servicebus/namespaces": _namespace,
    "microsoft.containerregistry/registries": _registry,
    "microsoft.authorization/policyassignments": _policy_assignment,
}
