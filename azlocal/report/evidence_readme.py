"""`README.txt` of an evidence file: what each file is, what is not known, and how to check that nothing was changed."""

from __future__ import annotations

from azlocal import __version__
from azlocal.core.times import format_time
from azlocal.report.evidence_scrub import scrubbed
from azlocal.report.text import clean
from azlocal.service.evidence import Change

FILES = {
    "README.txt": "this text",
    "support.txt": "what Microsoft support asks for: ids, times, region, versions, the failing step",
    "before.json": "the cluster as azlocal first and last saw it before its upgrade, with the findings of that time",
    "plan.json": "the plan's digest, the ring with its members' digest, and the digests of every announced attempt",
    "inputs.json": "what is sent, without secrets, and whether Azure echoes exactly that",
    "consent.json": "approval, accepted failure, attestations and accepted risks, each with who and until when",
    "decisions.json": "what azlocal decides now and why, every change of it, and every start that was sent",
    "steps.json": "validation and upgrade, step by step with times, and the operations of the ARM deployment",
    "after.json": "what is verified after the upgrade, resource by resource",
    "facts.json": "everything that was read of the cluster, as it was read",
    "plan.yaml": "the fleet plan as it was read",
    "manifest.json": "SHA-256 and size of every file above",
    "SHA256SUMS": "the same, and of the manifest, in the form that sha256sum -c takes",
}
_CHECK = (
    "To check that nothing was changed: sha256sum -c SHA256SUMS, on Windows Get-FileHash. The file's own SHA-256 is "
    "printed when it is written; the same facts give the same bytes."
)


def readme(change: Change) -> str:
    """Return the text."""
    one = change.one
    lines = [
        f"Evidence of one change: {clean(one.cluster.name)}",
        clean(one.cluster.id),
        f"As of {format_time(change.look.now)} by Azure's clock. Made by azlocal {__version__}. All times are UTC.",
        f"{one.reading.phase}: {clean(one.reading.message)}",
        "",
        *(f"{name:<16} {meaning}" for name, meaning in FILES.items() if name != "plan.yaml" or change.plan_text),
        "",
        "Not known",
        *(f"  {line}" for line in _not_known(change)),
        "",
        _CHECK,
        "No file holds a secret: addresses of vaults, keys, tokens and what looks like one are left out.",
    ]
    return scrubbed("\n".join(line.rstrip() for line in lines)) + "\n"


def _not_known(change: Change) -> list[str]:
    told = [clean(problem) for problem in change.problems]
    if change.rows is None:
        told.append("what was before and earlier attempts: no Log Analytics workspace could be asked")
    if change.plan is None:
        told.append("the plan: none was named")
    if change.inputs is None:
        told.append("the upgrade inputs: none were read")
    return told or ["nothing: everything that this file tells of could be read"]
