"""Clusters whose last validation failed, with results as the validator writes them."""

from __future__ import annotations

import json
from dataclasses import replace

from fleets import NOW, after, machine

from azlocal.core.facts import NodeFacts

NAMES = {
    "bitlocker": "AzStackHci_Upgrade_BitlockerSuspension",
    "memory": "AzStackHci_Upgrade_FreeMemory",
    "tpm": "AzStackHci_Upgrade_Test_Tpm_Ready",
}


def told(what, node, status, severity=2, detail="not as it should be"):
    return {
        "Name": NAMES[what], "Title": f"Test {what}", "Status": status, "Severity": severity,
        "AdditionalData": {"Source": node, "Detail": f"{node}: {detail}"},
    }  # fmt: skip


def validated(name, *results, ago=None):
    """Return a cluster with two machines whose validation failed with *results*."""
    body = json.dumps({"ErrorMessage": {"Message": "m", "Results": list(results)}, "ExceptionStackTrace": "at X"})
    text = f"Type 'ValidateUpgrade' of Role 'EnvironmentValidator' raised an exception: {body}"
    failed = after(name, "validate", "Error", "Failed", text)
    outer = failed.settings.validation_steps[0]
    inner = replace(outer.steps[0], ended_at=NOW - ago if ago else None)
    settings = replace(failed.settings, validation_steps=(replace(outer, steps=(inner,)),))
    build = failed.nodes[0].os_version
    return replace(
        failed, settings=settings, machines=(machine("n1"), machine("n2")),
        nodes=(NodeFacts(name="n1", os_version=build), NodeFacts(name="n2", os_version=build)),
    )  # fmt: skip
