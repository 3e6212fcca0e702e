"""The Resource Graph queries of the census: narrow, ordered by id, one row for each resource.

Three queries, for a user may ask fifteen in five seconds: every row that is wanted of a table comes by one. A column
means the same in all rows, and is empty where a type has none. Casts where Azure's casing varies; no `kind`, no `let`,
no join: what belongs together is tied here.
"""

CLUSTERS = "microsoft.azurestackhci/clusters"
MACHINES = "microsoft.hybridcompute/machines"
EXTENSIONS = "microsoft.hybridcompute/machines/extensions"
APPLIANCES = "microsoft.resourceconnector/appliances"
CUSTOM_LOCATIONS = "microsoft.extendedlocation/customlocations"
VIRTUAL_MACHINES = "microsoft.azurestackhci/virtualmachines"
AKS_CLUSTERS = "microsoft.hybridcontainerservice/provisionedclusters"
CONNECTED_CLUSTERS = "microsoft.kubernetes/connectedclusters"
SUMMARY = "microsoft.azurestackhci/clusters/updatesummaries"
UPDATE = "microsoft.azurestackhci/clusters/updates"

RESOURCES = f"""
resources
| where type in~ ('{CLUSTERS}', '{APPLIANCES}', '{CUSTOM_LOCATIONS}', '{VIRTUAL_MACHINES}', '{AKS_CLUSTERS}')
    or (type =~ '{MACHINES}' and tostring(properties.cloudMetadata.provider) =~ 'AzSHCI'
        and tostring(properties.detectedProperties.model) != 'Virtual Machine')
    or (type =~ '{EXTENSIONS}' and ((tostring(properties.publisher) =~ 'Microsoft.AzureStack.Orchestration'
        and tostring(properties.type) =~ 'LcmController')
        or (name startswith 'AzureEdge' and tolower(tostring(properties.provisioningState)) != 'succeeded')))
    or (type =~ '{CONNECTED_CLUSTERS}' and tostring(properties.infrastructure) =~ 'azure_stack_hci')
| project id, name, type, location, tags = iff(type =~ '{CLUSTERS}', tags, dynamic(null)),
    identityType = iff(type =~ '{CLUSTERS}', tostring(identity.type), ''),
    status = tostring(properties.status), state = tostring(properties.provisioningState),
    connectivity = tostring(properties.connectivityStatus), lastSync = tostring(properties.lastSyncTimestamp),
    failoverName = tostring(properties.reportedProperties.clusterName),
    version = strcat(tostring(properties.reportedProperties.clusterVersion), tostring(properties.typeHandlerVersion)),
    nodes = properties.reportedProperties.nodes, osVersion = tostring(properties.osVersion),
    parent = strcat(tostring(properties.parentClusterResourceId), tostring(properties.hostResourceId)),
    principal = iff(type =~ '{MACHINES}', tostring(identity.principalId), ''),
    extension = iff(type =~ '{EXTENSIONS}', tostring(properties.type), '')
| order by id asc
"""

SUMMARIES = f"""
extensibilityresources
| where type =~ '{SUMMARY}' or (type =~ '{UPDATE}'
    and not(tolower(tostring(properties.state)) in ('installed', 'obsolete', 'recalled', 'invalid')))
| project id, type, version = strcat(tostring(properties.currentVersion), tostring(properties.version)),
    state = tostring(properties.state), health = tostring(properties.healthState)
| order by id asc
"""

CONTAINERS = """
resourcecontainers
| where type =~ 'microsoft.resources/subscriptions' or (type =~ 'microsoft.resources/subscriptions/resourcegroups'
    and tostring(tags) contains 'azlocal-hold')
| project id, type, tags
| order by id asc
"""
