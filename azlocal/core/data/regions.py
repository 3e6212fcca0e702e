"""Regions in which Azure Local takes a solution upgrade, by ARM location name.

Version 2026-05. Source: Azure Local system requirements, 2026-05-04 (unchanged since October 2025).
"""

from __future__ import annotations

from azlocal.core.rule import Rule

_SOURCE, _DATE = "Microsoft Learn, Azure Local system requirements", "2026-05-04"

SUPPORTED = {
    "public": frozenset({
        "eastus", "westeurope", "australiaeast", "southeastasia", "centralindia", "canadacentral",
        "japaneast", "southcentralus",
    }),
    "usgovernment": frozenset({"usgovvirginia"}),
}  # fmt: skip

_TITLES = {"public": "Regions of Azure public", "usgovernment": "Regions of Azure US Government"}

REGIONS = tuple(
    Rule(
        id=f"regions-{cloud}", kind="regions", title=_TITLES[cloud], value=names, open=True, source=_SOURCE, date=_DATE,
        text="The region of the Azure resource must be one of these; the machines may stand anywhere. The regions of "
        "Azure China (chinaeast2, chinanorth3) took 22H2 registrations only.",
    )
    for cloud, names in SUPPORTED.items()
)  # fmt: skip
