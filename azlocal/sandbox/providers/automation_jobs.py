"""Jobs of an Automation account: a name makes one job, whoever asks again is refused, and a job is never rewritten.

Source: azure-mgmt-automation, Job operations; the refusal by public reports (Azure/azure-powershell#8921).
Nothing runs a runbook here: a job stays New.
"""

from __future__ import annotations

from azlocal.sandbox.providers.completions import Draft
from azlocal.sandbox.wire import ArmError

TYPE = "microsoft.automation/automationaccounts/jobs"


def prepare(draft: Draft) -> None:
    """Let a new job of a runbook that exists through; raise ArmError for any other."""
    if draft.before is not None:
        identifier = draft.before["properties"]["jobId"]
        raise ArmError(409, "Conflict", f"Job with specified id already exists. Job id: {identifier}")
    runbook = draft.properties.get("runbook")
    name = runbook.get("name") if isinstance(runbook, dict) else None
    if not isinstance(name, str) or not name:
        raise ArmError(400, "BadRequest", "The name of the runbook must be given.", target="properties.runbook.name")
    account = str(draft.document["id"]).rsplit("/", 2)[0]
    if draft.azure.store.get(f"{account}/runbooks/{name}") is None:
        raise ArmError(404, "NotFound", f"The runbook '{name}' was not found in the Automation account.")
