"""What doors are told: flag, then JSON key, then environment, then default (design, §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

ENVIRONMENT = {
    "plan": "AZLOCAL_PLAN",
    "inputs": "AZLOCAL_INPUTS",
    "cloud": "AZLOCAL_CLOUD",
    "client_id": "AZLOCAL_CLIENT_ID",
    "ingestion_endpoint": "AZLOCAL_INGESTION_ENDPOINT",
    "dcr_id": "AZLOCAL_DCR_ID",
    "workspace_id": "AZLOCAL_WORKSPACE_ID",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a door was told: flag, then JSON key, then environment, then default (design, §8).

    `plan` is a file or an https blob URL; `inputs` a folder, a CSV file or a blob prefix, by default
    the plan's own; `cloud` is public, usgovernment or an https ARM endpoint; `client_id` selects a
    user-assigned managed identity; the rest says where telemetry goes.
    """

    plan: str = ""
    inputs: str = ""
    cloud: str = "public"
    client_id: str = ""
    ingestion_endpoint: str = ""
    dcr_id: str = ""
    workspace_id: str = ""


def read_settings(given: Mapping[str, str | None], environment: Mapping[str, str]) -> Settings:
    """Return the settings: what is *given* (by field name) beats the environment, which beats defaults."""
    told = {name: environment[variable] for name, variable in ENVIRONMENT.items() if environment.get(variable)}
    told |= {name: value for name, value in given.items() if value}
    known = {field.name for field in fields(Settings)}
    return Settings(**{name: value for name, value in told.items() if name in known})
