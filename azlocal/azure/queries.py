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

RESOURCES = f"""
resources
| where type in~ ('{CLUSTERS}', '{APPLIANCES}', '{CUSTOM_LOCATIONS}', '{VIRTUAL_MACHINES}', '{AKS_CLUSTERS}')
    or (type =~ '{MACHINES}' and tostring(properties.cloudMetadata.provider) =~ 'AzSHCI'
        and tostring(properties.detectedProperties.model) != 'Virtual Machine')
    or (type =~ '{EXTENSIONS}' and tostring(properties.publisher) =~ 'Microsoft.AzureStack.Orchestration'
        and tostring(properties.type) =~ 'LcmController')
| project id, name, type, location, tags = iff(type =~ '{CLUSTERS}', tags, dynamic(null)),
    identityType = iff(type =~ '{CLUSTERS}', tostring(identity.type), ''),
    status = tostring(properties.status), state = tostring(properties.provisioningState),
    connectivity = tostring(properties.connectivityStatus), lastSync = tostring(properties.lastSyncTimestamp),
    failoverName = tostring(properties.reportedProperties.clusterName),
    version = strcat(tostring(properties.reportedProperties.clusterVersion), tostring(properties.typeHandlerVersion)),
    nodes = properties.reportedProperties.nodes, osVersion = tostring(properties.osVersion),
    parent = tostring(properties.parentClusterResourceId)
| order by id asc
"""

SUMMARIES = """
extensibilityresources
| where type =~ 'microsoft.azurestackhci/clusters/updatesummaries'
| project id, version = tostring(properties.currentVersion), state = tostring(properties.state),
    health = tostring(properties.healthState)
| order by id asc
"""

CONTAINERS = """
resourcecontainers
| where type =~ 'microsoft.resources/subscriptions' or (type =~ 'microsoft.resources/subscriptions/resourcegroups'
    and isnotempty(tostring(tags['azlocal-hold'])))
| project id, type, hold = tostring(tags['azlocal-hold'])
| order by id asc
"""
