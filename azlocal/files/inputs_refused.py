"""Keys that upgrade inputs may not have, and why: the sentence that refuses each."""

from __future__ import annotations

import re

from azlocal.files.inputs_fields import KNOWN
from azlocal.files.words import suggest

_SECRET = re.compile(
    r"pass+w|password|passphrase|pwd|secret|credential|token|apikey|accesskey|accountkey", re.IGNORECASE
)
_CHOSEN = {
    "deploymentmode": "azlocal chooses the mode: Validate first, Deploy only what Validate has passed",
    "clustername": "the name is that of the Azure resource; to say whose inputs these are, write cluster",
}
# Parameters of the template that Microsoft publishes; ours leaves to others what is there before.
_PREPARED = frozenset({
    "azurestacklcmadminusername", "createnewkeyvault", "keyvaultname", "softdeleteretentiondays",
    "diagnosticstorageaccountname", "logsretentionindays", "storageaccounttype", "location", "tenantid",
    "arbdeploymentappid", "arbdeploymentspnobjectid",
})  # fmt: skip


def refusal(name: str) -> str:
    """Return why *name* is refused as a key of upgrade inputs. What stands behind it is never shown."""
    plain = name.lower()
    if plain in _CHOSEN:
        return f"may not be given: {_CHOSEN[plain]}"
    if plain in _PREPARED:
        return "may not be given: vault, secret, roles and storage are prepared beforehand, not with the upgrade"
    if _SECRET.search(name):
        return (
            "may not be given: secrets never pass through here; put it into Key Vault and give its URI as lcmSecretUri"
        )
    return f"unknown key; {suggest(name, (*KNOWN, 'cluster'))}"
