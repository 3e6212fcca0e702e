"""Regions in which Azure Local takes a solution upgrade, by ARM location name.

Version 2026-05. Source: Azure Local system requirements, 2026-05-04 (unchanged since October 2025).
"""

SUPPORTED = {
    "public": frozenset({
        "eastus", "westeurope", "australiaeast", "southeastasia", "centralindia", "canadacentral",
        "japaneast", "southcentralus",
    }),
    "usgovernment": frozenset({"usgovvirginia"}),
}  # fmt: skip
