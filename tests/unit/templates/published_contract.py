"""What the published upgrade template asks for, field by field, as facts: not the template itself.

Source: Azure/azure-quickstart-templates, upgrade-cluster (for packages 2503 and newer), and the request of
deploymentSettings in Azure/azure-rest-api-specs. `=name` stands for the value of that parameter; what differs here
on purpose is in `DEVIATIONS`, with the reason.
"""

from __future__ import annotations

API_VERSION = "2024-09-01-preview"
DATA = "deploymentConfiguration.scaleUnits.0.deploymentData"
SETTINGS = {
    "arcNodeResourceIds": "=arcNodeResourceIds",
    "deploymentMode": "=deploymentMode",
    "operationType": "ClusterUpgrade",
    "deploymentConfiguration.version": "10.1.0.0",
    f"{DATA}.observability.streamingDataClient": True,
    f"{DATA}.observability.euLocation": True,
    f"{DATA}.observability.episodicDataUpload": True,
    f"{DATA}.cluster.name": "=failoverClusterName",
    f"{DATA}.storage.configurationMode": "InfraOnly",
    f"{DATA}.namingPrefix": "HCI001",
    f"{DATA}.domainFqdn": "=domainFqdn",
    f"{DATA}.infrastructureNetwork.0.subnetMask": "=subnetMask",
    f"{DATA}.infrastructureNetwork.0.gateway": "=defaultGateway",
    f"{DATA}.infrastructureNetwork.0.ipPools.0.startingAddress": "=startingIPAddress",
    f"{DATA}.infrastructureNetwork.0.ipPools.0.endingAddress": "=endingIPAddress",
    f"{DATA}.infrastructureNetwork.0.dnsServers": "=dnsServers",
    f"{DATA}.physicalNodes": "=physicalNodesSettings",
    f"{DATA}.adouPath": "",
    f"{DATA}.optionalServices.customLocation": "=customLocation",
    f"{DATA}.secrets.0.secretName": "clu-oslo-AzureStackLCMUserCredential",
    f"{DATA}.secrets.0.eceSecretName": "AzureStackLCMUserCredential",
    f"{DATA}.secrets.0.secretLocation": "https://kv-oslo.vault.azure.net/secrets/clu-oslo-AzureStackLCMUserCredential",
}
EDGE_DEVICE = {"kind": "HCI", "properties": {}, "name": "default", "only": "Validate"}
MACHINE_ROLES = {
    "865ae368-6a45-4bd1-8fbf-0d5151f56fc1": "Azure Stack HCI Device Management Role",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "c99c945f-8bd1-4fb1-a903-01460aae6068": "Azure Stack HCI Connected InfraVMs",
}
VAULT = {
    "sku": {"family": "A", "name": "standard"},
    "enableRbacAuthorization": True,
    "enabledForDeployment": True,
    "enabledForTemplateDeployment": True,
    "enableSoftDelete": True,
    "softDeleteRetentionInDays": 30,
    "publicNetworkAccess": "Enabled",
}
OLD_FORM = ("arbDeploymentAppID", "arbDeploymentAppSecret", "arbDeploymentSPNObjectID")
"""Parameters of the form for packages up to 2411.3, which our template has not and inputs may not have."""
DEVIATIONS = {
    f"{DATA}.secrets.0.secretLocation": "the URI names the secret's version, so that what was validated is what is used",
}
