"""The resource types that azlocal asks for, each with its api-version: providers tell which they offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from azlocal.azure.failures import COMPUTE_API
from azlocal.azure.lease import API as STORAGE_API
from azlocal.azure.reader import DEPLOYMENTS_API, HCI_API, LOCKS_API, TAGS_API


@dataclass(frozen=True, slots=True)
class Type:
    """One type and the api-version by which it is asked for."""

    namespace: str
    type: str
    version: str

    @property
    def full(self) -> str:
        """Return the full type."""
        return f"{self.namespace}/{self.type}"


USED: Mapping[str, Type] = {
    "clusters": Type("Microsoft.AzureStackHCI", "clusters", HCI_API),
    "deploymentSettings": Type("Microsoft.AzureStackHCI", "clusters/deploymentSettings", HCI_API),
    "edgeDevices": Type("Microsoft.AzureStackHCI", "edgeDevices", HCI_API),
    "updates": Type("Microsoft.AzureStackHCI", "clusters/updates", HCI_API),
    "machines": Type("Microsoft.HybridCompute", "machines", COMPUTE_API),
    "extensions": Type("Microsoft.HybridCompute", "machines/extensions", COMPUTE_API),
    "deployments": Type("Microsoft.Resources", "deployments", DEPLOYMENTS_API),
    "tags": Type("Microsoft.Resources", "tags", TAGS_API),
    "locks": Type("Microsoft.Authorization", "locks", LOCKS_API),
    "storage": Type("Microsoft.Storage", "storageAccounts/blobServices/containers", STORAGE_API),
}
