"""Keys that upgrade inputs may not have, and why: the sentence that refuses each."""

from __future__ import annotations

import re

from azlocal.files.inputs_fields import KNOWN
from azlocal.files.words import suggest

_SECRET = re.compile(
    r"pass+w|password|passphrase|pwd|secret|credential|token|apikey|accesskey|accountkey", re.IGNORECASE
)
_PREPARED = "vault, secret, roles and storage are prepared beforehand, not with the upgrade"
_OLD = "the template for packages up to 2411.3 takes a service principal; azlocal sends the one for 2503 and newer"
_ONE_RANGE = "the template takes one range, from startingIPAddress to endingIPAddress"
_REASONS = {
    "deploymentmode": ("azlocal chooses the mode: Validate first, Deploy only what Validate has passed", "MODE"),
    "clustername": (
        "the name is that of the Azure resource; to say whose inputs these are, write cluster", "CLUSTER_NAME"
    ),
    "location": ("the region is that of the cluster's Azure resource", "REGION"),
    "ippools": (_ONE_RANGE, "IP_POOL_COUNT"),
    "ippool": (_ONE_RANGE, "IP_POOL_COUNT"),
    # Parameters of the templates that Microsoft publishes; ours leaves to others what is there before.
    "azurestacklcmadminusername": (_PREPARED, "LCM_USER"),
    "createnewkeyvault": (_PREPARED, "KEYVAULT_EXISTS"),
    "keyvaultname": (_PREPARED, "KEYVAULT_NAME"),
    "softdeleteretentiondays": (_PREPARED, "RETENTION"),
    "diagnosticstorageaccountname": (_PREPARED, "STORAGE_NAME"),
    "storageaccounttype": (_PREPARED, "STORAGE_NAME"),
    "logsretentionindays": (_PREPARED, "LOG_RETENTION"),
    "tenantid": (_PREPARED, "KEYVAULT_EXISTS"),
    "arbdeploymentappid": (_OLD, "TEMPLATE"),
    "arbdeploymentappsecret": (_OLD, "TEMPLATE"),
    "arbdeploymentspnobjectid": (_OLD, "TEMPLATE"),
}  # fmt: skip
_NEVER = "secrets never pass through here; put it into Key Vault and give its URI as lcmSecretUri"


def refusal(name: str) -> tuple[str, str]:
    """Return why *name* is refused as a key of upgrade inputs, and the rule's code. Its value is never shown."""
    reason = _REASONS.get(name.lower())
    if reason is not None:
        return f"may not be given: {reason[0]}", reason[1]
    if _SECRET.search(name):
        return f"may not be given: {_NEVER}", "LCM_PASSWORD" if "lcm" in name.lower() else "SECRET"
    return f"unknown key; {suggest(name, (*KNOWN, 'cluster', 'network'))}", "UNKNOWN_KEY"
