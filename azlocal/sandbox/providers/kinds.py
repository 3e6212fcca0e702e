"""The resource types that are nothing special: where they live, which api-versions they take, what a PUT answers.

Source: Azure/bicep-types-az for types and versions; statuses by the Azure SDKs' operations.
"""

from __future__ import annotations

from dataclasses import dataclass

from azlocal.sandbox import api_versions as v


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type. *created* is the status of the PUT that makes a new one."""

    type: str
    versions: frozenset[str]
    located: bool = True
    """Whether a PUT must give a location."""
    extension: bool = False
    """Whether it hangs on any scope: a subscription, a group, a resource."""
    stated: bool = True
    """Whether it has a provisioningState."""
    created: int = 201


def _children(parent: str, versions: frozenset[str], names: str, *, stated: bool = True) -> tuple[Kind, ...]:
    return tuple(Kind(f"{parent}/{name}", versions, located=False, stated=stated) for name in names.split())


_ACCOUNT = "Microsoft.Storage/storageAccounts"
_AUTOMATION = "Microsoft.Automation/automationAccounts"
_SITES = "Microsoft.Web/sites"

TELEMETRY = (
    Kind("Microsoft.OperationalInsights/workspaces", v.LOG_ANALYTICS),
    Kind("Microsoft.OperationalInsights/workspaces/tables", v.LOG_ANALYTICS, located=False, created=200),
    *_children("Microsoft.OperationalInsights/workspaces", v.LOG_ANALYTICS, "savedSearches", stated=False),
    Kind("Microsoft.OperationsManagement/solutions", frozenset({"2015-11-01-preview"})),
    Kind("Microsoft.Insights/dataCollectionRules", v.COLLECTION),
    Kind("Microsoft.Insights/dataCollectionEndpoints", v.COLLECTION),
    Kind("Microsoft.Insights/dataCollectionRuleAssociations", v.COLLECTION, located=False, extension=True),
    Kind(
        "Microsoft.Insights/diagnosticSettings", v.DIAGNOSTICS, located=False, extension=True, stated=False, created=200
    ),
    Kind("Microsoft.Insights/scheduledQueryRules", v.SCHEDULED_QUERIES),
    Kind("Microsoft.Insights/actionGroups", v.ACTION_GROUPS, stated=False),
    Kind("Microsoft.Insights/activityLogAlerts", v.ALERTS, stated=False),
    Kind("Microsoft.Insights/metricAlerts", v.ALERTS, stated=False, created=200),
    Kind("Microsoft.Insights/workbooks", v.WORKBOOKS, stated=False),
    Kind("Microsoft.Insights/components", v.COMPONENTS, created=200),
    Kind("Microsoft.Portal/dashboards", v.PORTAL, stated=False),
)
HOSTING = (
    Kind("Microsoft.ManagedIdentity/userAssignedIdentities", v.MANAGED_IDENTITY, stated=False),
    *_children(
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        v.MANAGED_IDENTITY,
        "federatedIdentityCredentials",
        stated=False,
    ),
    Kind(_AUTOMATION, v.AUTOMATION, stated=False),
    *_children(
        _AUTOMATION,
        v.AUTOMATION,
        "runbooks schedules jobSchedules jobs variables credentials connections certificates webhooks modules "
        "python3Packages python2Packages runtimeEnvironments runtimeEnvironments/packages sourceControls",
        stated=False,
    ),
    Kind("Microsoft.Web/serverfarms", v.WEB, created=200),
    Kind(_SITES, v.WEB, stated=False, created=200),
    *_children(_SITES, v.WEB, "config functions basicPublishingCredentialsPolicies hostNameBindings", stated=False),
    Kind("Microsoft.EventGrid/systemTopics", v.EVENT_GRID),
    *_children("Microsoft.EventGrid/systemTopics", v.EVENT_GRID, "eventSubscriptions"),
    Kind("Microsoft.EventGrid/topics", v.EVENT_GRID),
    Kind("Microsoft.EventGrid/eventSubscriptions", v.EVENT_GRID, located=False, extension=True),
    Kind("Microsoft.DurableTask/schedulers", v.DURABLE_TASK),
    *_children("Microsoft.DurableTask/schedulers", v.DURABLE_TASK, "taskHubs"),
    Kind("Microsoft.Resources/templateSpecs", v.TEMPLATE_SPECS, stated=False),
    Kind("Microsoft.Resources/templateSpecs/versions", v.TEMPLATE_SPECS, stated=False),
    Kind("Microsoft.Logic/workflows", v.LOGIC),
    Kind("Microsoft.EventHub/namespaces", v.EVENT_HUB),
    *_children("Microsoft.EventHub/namespaces", v.EVENT_HUB, "eventhubs authorizationRules", stated=False),
    Kind("Microsoft.ServiceBus/namespaces", v.SERVICE_BUS),
    *_children("Microsoft.ServiceBus/namespaces", v.SERVICE_BUS, "queues topics", stated=False),
    Kind("Microsoft.ContainerRegistry/registries", v.CONTAINER_REGISTRY),
    Kind("Microsoft.App/managedEnvironments", v.CONTAINER_APPS),
    Kind("Microsoft.App/containerApps", v.CONTAINER_APPS),
    Kind("Microsoft.App/jobs", v.CONTAINER_APPS),
    Kind("Microsoft.Network/virtualNetworks", v.NETWORK),
    *_children("Microsoft.Network/virtualNetworks", v.NETWORK, "subnets"),
    Kind("Microsoft.Network/networkSecurityGroups", v.NETWORK),
    Kind("Microsoft.Network/publicIPAddresses", v.NETWORK),
    Kind("Microsoft.Network/privateEndpoints", v.NETWORK),
)
HYBRID = (
    Kind("Microsoft.ResourceConnector/appliances", v.RESOURCE_BRIDGE),
    Kind("Microsoft.ExtendedLocation/customLocations", v.CUSTOM_LOCATION),
    Kind("Microsoft.AzureStackHCI/clusters/securitySettings", v.HCI_DEPLOYMENT, located=False),
    Kind("Microsoft.AzureStackHCI/virtualMachines", v.HCI_PREVIEW_VM),
    Kind("Microsoft.AzureStackHCI/virtualMachineInstances", v.HCI_VM, located=False, extension=True),
    Kind("Microsoft.AzureStackHCI/logicalNetworks", v.HCI_VM),
    Kind("Microsoft.AzureStackHCI/networkInterfaces", v.HCI_VM),
    Kind("Microsoft.AzureStackHCI/storageContainers", v.HCI_VM),
    Kind("Microsoft.AzureStackHCI/galleryImages", v.HCI_VM),
    Kind("Microsoft.AzureStackHCI/marketplaceGalleryImages", v.HCI_VM),
    Kind("Microsoft.AzureStackHCI/virtualHardDisks", v.HCI_VM),
    Kind("Microsoft.HybridContainerService/provisionedClusters", v.HYBRID_AKS),
    Kind("Microsoft.HybridContainerService/provisionedClusterInstances", v.HYBRID_AKS, located=False, extension=True),
    Kind("Microsoft.Kubernetes/connectedClusters", v.CONNECTED_CLUSTERS),
    Kind("Microsoft.KubernetesConfiguration/extensions", v.KUBERNETES_CONFIGURATION, located=False, extension=True),
)
GOVERNANCE = (
    Kind("Microsoft.Authorization/policyAssignments", v.POLICY, located=False, extension=True, stated=False),
    Kind("Microsoft.Authorization/policyDefinitions", v.POLICY, located=False, extension=True, stated=False),
)
STORAGE = _children(
    _ACCOUNT, v.STORAGE,
    "blobServices queueServices queueServices/queues tableServices tableServices/tables fileServices fileServices/shares "
    "managementPolicies",
    stated=False,
)  # fmt: skip
COMMON = (*TELEMETRY, *HOSTING, *HYBRID, *GOVERNANCE)
