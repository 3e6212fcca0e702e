"""Who signs (design, §8). The environment comes in as a mapping; nothing here reads the process's."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from azlocal.azure.clouds import Cloud
from azlocal.errors import AzureRefused


def acting(cloud: Cloud, environment: Mapping[str, str], client_id: str, transport: Any = None) -> Any:
    """Return the credential that detects and starts: the managed identity where its endpoint is."""
    more = {"transport": transport} if transport is not None else {}
    if environment.get("IDENTITY_ENDPOINT"):
        from azure.identity import ManagedIdentityCredential

        return ManagedIdentityCredential(client_id=client_id or None, **more)
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential(
        authority=_authority(cloud, environment),
        disable_instance_discovery=cloud.custom,
        exclude_interactive_browser_credential=True,
        **more,
    )


def person(cloud: Cloud, environment: Mapping[str, str], transport: Any = None) -> Any:
    """Return the credential of the person at the keyboard: never a managed identity."""
    more = {"transport": transport} if transport is not None else {}
    tenant, client, secret = (environment.get(f"AZURE_{name}") for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"))
    if tenant and client and secret:
        from azure.identity import ClientSecretCredential

        return ClientSecretCredential(
            tenant, client, secret,
            authority=_authority(cloud, environment),
            disable_instance_discovery=cloud.custom,
            **more,
        )  # fmt: skip
    from azure.identity import AzureCliCredential

    return AzureCliCredential()


def signer(credential: Any, cloud: Cloud) -> str:
    """Return who a person's token says they are; empty when it does not say.

    Raises AzureRefused when there is no token, or when it is a managed identity's, which signs nothing.
    """
    claims = claims_of(credential, cloud)
    if claims.get("xms_mirid"):
        raise AzureRefused(
            "the credential is a managed identity, and decisions are signed by people",
            remedy="sign in as a person: az login, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
        )
    names = ("upn", "preferred_username", "unique_name", "email", "appid", "azp")
    return next((str(claims[name]) for name in names if claims.get(name)), "")


def claims_of(credential: Any, cloud: Cloud) -> Mapping[str, Any]:
    """Return what the token of a credential says of its holder; raise AzureRefused when there is no token."""
    from azlocal.azure.errors import translated

    with translated("sign in", cloud.arm):
        return _claims(credential.get_token(cloud.arm_scope).token)


def _claims(token: str) -> Mapping[str, Any]:
    part = token.split(".")[1] if token.count(".") > 1 else ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _authority(cloud: Cloud, environment: Mapping[str, str]) -> str:
    authority = environment.get("AZURE_AUTHORITY_HOST") or cloud.authority
    if not authority:
        raise AzureRefused(
            "the endpoint names no login endpoint", remedy="set AZURE_AUTHORITY_HOST to the login endpoint"
        )
    return authority if "://" in authority else f"https://{authority}"
