"""The Resource Graph queries of the census: narrow, ordered by id, one row for each resource.

Columns are cast where Azure's casing varies; no `kind`, no join: what belongs together is tied here.
"""

CLUSTERS = """
resources
| where type =~ 'microsoft.azurestackhci/clusters'
| project id, name, location, tags, identityType = tostring(identity.type),
    status = tostring(properties.status), connectivity = tostring(properties.connectivityStatus),
    lastSync = tostring(properties.lastSyncTimestamp), failoverName = tostring(properties.reportedProperties.clusterName),
    version = tostring(properties.reportedProperties.clusterVersion), nodes = properties.reportedProperties.nodes
| order by id asc
"""

MACHINES = """
resources
| where type =~ 'microsoft.hybridcompute/machines'
| where tostring(properties.cloudMetadata.provider) =~ 'AzSHCI' and tostring(properties.detectedProperties.model) != 'Virtual Machine'
| project id, name, location, status = tostring(properties.status), osVersion = tostring(properties.osVersion),
    parent = tostring(properties.parentClusterResourceId)
| order by id asc
"""

EXTENSIONS = """
resources
| where type =~ 'microsoft.hybridcompute/machines/extensions'
| where tostring(properties.publisher) =~ 'Microsoft.AzureStack.Orchestration' and tostring(properties.type) =~ 'LcmController'
| project id, version = tostring(properties.typeHandlerVersion), state = tostring(properties.provisioningState)
| order by id asc
"""

SUMMARIES = """
extensibilityresources
| where type =~ 'microsoft.azurestackhci/clusters/updatesummaries'
| project id, version = tostring(properties.currentVersion), state = tostring(properties.state),
    health = tostring(properties.healthState)
| order by id asc
"""

RELATED = """
resources
| where type in~ ('microsoft.resourceconnector/appliances', 'microsoft.extendedlocation/customlocations',
    'microsoft.azurestackhci/virtualmachines', 'microsoft.hybridcontainerservice/provisionedclusters')
| project id, type, status = tostring(properties.status), state = tostring(properties.provisioningState),
    host = tostring(properties.hostResourceId)
| order by id asc
"""

CONTAINERS = """
resourcecontainers
| where type =~ 'microsoft.resources/subscriptions' or (type =~ 'microsoft.resources/subscriptions/resourcegroups'
    and isnotempty(tostring(tags['azlocal-hold'])))
| project id, type, hold = tostring(tags['azlocal-hold'])
| order by id asc
"""
