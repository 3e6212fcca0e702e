"""Who is calling: tokens, the managed-identity endpoint, Entra, and what the cloud tells of itself."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from azlocal.sandbox.wire import ArmError, Request, Response, reply
from azlocal.sandbox.world import Azure, Call, Principal

IDENTITY_CLIENT = "5e0d3f0a-7c55-4b86-8a62-3d0f4c1c7801"
PERSON_CLIENT = "9b1d2c3e-4f50-4a61-8b72-9c83ad94be05"
PERSON_SECRET = "sandbox-person-secret"
IDENTITY_HEADER = "sandbox-identity-header"
OBJECTS = {
    IDENTITY_CLIENT: ("managed-identity", "0f4d1a52-93c6-4c7e-8a1b-2d3e4f506172"),
    PERSON_CLIENT: ("person", "1a2b3c4d-5e6f-4071-8293-a4b5c6d7e8f9"),
}
_MANAGED = "Microsoft.ManagedIdentity/userAssignedIdentities"
LIFETIME = 3600
ARM = frozenset({"https://management.azure.com", "https://management.core.windows.net"})
MONITOR = frozenset({"https://monitor.azure.com"})
STORAGE = frozenset({"https://storage.azure.com"})
QUERY = frozenset({"https://api.loganalytics.io", "https://api.loganalytics.azure.com", *ARM})
_KNOWN = ARM | MONITOR | STORAGE | QUERY


@dataclass(frozen=True, slots=True)
class Signer:
    """Who a client id belongs to; *resource* is the id of a user-assigned identity of this world, else empty."""

    name: str
    client_id: str
    object_id: str
    resource: str = ""


def signer(azure: Azure, client: str) -> Signer:
    """Return whose client id that is: the exported identity's, the person's, or an identity's of this world.

    Raises KeyError for a stranger.
    """
    if client in OBJECTS:
        name, object_id = OBJECTS[client]
        return Signer(name, client, object_id)
    for document in azure.store.of_type(_MANAGED):
        properties = document["properties"]
        if str(properties["clientId"]).lower() == client.lower():
            return Signer(
                "managed-identity", properties["clientId"], properties["principalId"], document["id"]
            )  # fmt: skip
    raise KeyError(client)


def token(azure: Azure, client: str, audience: str, lifetime: int = LIFETIME) -> str:
    """Return a bearer token: a decodable JWT whose signature means nothing here."""
    now = int(azure.clock.wall())
    claims = {
        "aud": audience, "iss": f"https://sts.windows.net/{azure.tenant_id}/", "tid": azure.tenant_id,
        "appid": client, "oid": signer(azure, client).object_id, "iat": now, "nbf": now, "exp": now + lifetime,
        "ver": "1.0", "idtyp": "app", "uti": f"{azure.random.getrandbits(128):032x}",
    }  # fmt: skip
    resource = signer(azure, client).resource
    if resource:
        claims["xms_mirid"] = resource
    return f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}.{_part({'sandbox': True})}"


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _claims(text: str) -> dict[str, Any]:
    part = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("claims are no object")
    return claims


def audiences_for(request: Request) -> frozenset[str]:
    """Return the audiences the front door of a path takes."""
    path = request.path.lower()
    if path.startswith("/datacollectionrules/"):
        return MONITOR
    if path.startswith("/v1/"):
        # The query client takes its endpoint for the audience where it is not told another.
        return QUERY | {request.base}
    if not path.startswith(("/subscriptions", "/providers", "/tenants", "/metadata", "/locations")):
        return STORAGE
    return ARM | {request.base}


def authenticate(azure: Azure, request: Request, audiences: frozenset[str]) -> Principal:
    """Return who calls, or raise 401 (403 from Logs Ingestion) as Azure answers."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise _unauthorized(
            azure, request, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
        )
    try:
        claims = _claims(text)
        known = signer(azure, str(claims["appid"]))
        audience, ends = str(claims["aud"]), float(claims["exp"])
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise _unauthorized(azure, request, "InvalidAuthenticationToken", "The access token is invalid.") from error
    if ends <= azure.clock.wall():
        raise _unauthorized(
            azure,
            request,
            "ExpiredAuthenticationToken",
            "The access token expiry UTC time is earlier than current UTC time.",
        )
    if audience.rstrip("/") not in {one.rstrip("/") for one in audiences}:
        if audiences == MONITOR:
            raise ArmError(
                403, "OperationFailed", f"The authentication token's audience '{audience}' is not for this resource."
            )
        raise _unauthorized(
            azure, request, "InvalidAuthenticationToken",
            f"The access token has been obtained for wrong audience or resource '{audience}'.",
        )  # fmt: skip
    return Principal(known.name, known.client_id, known.object_id, audience)


def _unauthorized(azure: Azure, request: Request, code: str, message: str) -> ArmError:
    challenge = (
        f'Bearer authorization_uri="{request.base}/{azure.tenant_id}", error="invalid_token", '
        f'error_description="{message}"'
    )
    return ArmError(401, code, message, headers={"www-authenticate": challenge})


def register(azure: Azure) -> None:
    """Register the routes that hand out tokens and tell of the cloud."""
    add = azure.router.add
    add("GET", "/msi/token", managed_identity, needs_token=False)
    add("GET", "/metadata/identity/oauth2/token", instance_metadata, needs_token=False)
    add("GET", "/metadata/endpoints", endpoints, needs_token=False)
    for version in ("", "/v2.0"):
        add("GET", f"/{{tenant}}{version}/.well-known/openid-configuration", openid, needs_token=False)
        add("POST", f"/{{tenant}}/oauth2{version}/token", client_credentials, needs_token=False)
    add("GET", "/common/discovery/instance", discovery, needs_token=False)


def managed_identity(call: Call) -> Response:
    """Answer the App Service and Automation endpoint (api-version 2019-08-01)."""
    query = _query(call)
    if call.request.headers.get("x-identity-header") != IDENTITY_HEADER:
        return _identity_error(401, "The X-IDENTITY-HEADER is missing or wrong.")
    found = _wanted(call.azure, query)
    if found is None:
        return _identity_error(400, "No User Assigned or Delegated Managed Identity found for specified ClientId.")
    audience = query.get("resource", "")
    if not _is_audience(call, audience):
        return _identity_error(400, f"The resource '{audience}' was not found in the tenant.")
    return reply({**_granted(call, found, audience), "client_id": found.client_id.upper()})


def instance_metadata(call: Call) -> Response:
    """Answer the endpoint of a virtual machine (IMDS, api-version 2018-02-01)."""
    query = _query(call)
    if call.request.headers.get("metadata", "").lower() != "true":
        return _imds_error("invalid_request", "Required metadata header not specified")
    found, audience = _wanted(call.azure, query), query.get("resource", "")
    if found is None:
        return _imds_error("invalid_request", "Identity not found")
    if not _is_audience(call, audience):
        text = f"AADSTS500011: The resource principal named {audience} was not found in the tenant."
        return _imds_error("invalid_resource", text)
    granted = _granted(call, found, audience)
    more = {"client_id": found.client_id, "not_before": str(int(granted["expires_on"]) - LIFETIME)}
    return reply({**granted, **more, "expires_in": str(LIFETIME), "ext_expires_in": str(LIFETIME)})


def _query(call: Call) -> dict[str, str]:
    return {name.lower(): value for name, value in call.request.query.items()}


def _wanted(azure: Azure, query: Mapping[str, str]) -> Signer | None:
    """Return the managed identity that is asked for: by client, object or resource id, else the exported one."""
    everybody = [signer(azure, IDENTITY_CLIENT)]
    everybody += [signer(azure, one["properties"]["clientId"]) for one in azure.store.of_type(_MANAGED)]
    ways: dict[str, Callable[[Signer], str]] = {
        "client_id": lambda one: one.client_id, "object_id": lambda one: one.object_id,
        "principal_id": lambda one: one.object_id, "mi_res_id": lambda one: one.resource,
        "msi_res_id": lambda one: one.resource,
    }  # fmt: skip
    asked = [(ways[name], value.lower()) for name, value in query.items() if name in ways]
    if not asked:
        return everybody[0]
    return next((one for one in everybody if all(way(one).lower() == value for way, value in asked)), None)


def _is_audience(call: Call, audience: str) -> bool:
    known = {*_KNOWN, call.request.base}
    return audience.rstrip("/") in known or audience.startswith("https://127.0.0.1")


def _granted(call: Call, found: Signer, audience: str) -> dict[str, str]:
    return {
        "access_token": token(call.azure, found.client_id, audience),
        "expires_on": str(int(call.azure.clock.wall()) + LIFETIME),
        "resource": audience,
        "token_type": "Bearer",
    }


def _identity_error(status: int, message: str) -> Response:
    return reply({"statusCode": status, "message": message, "correlationId": str(uuid.uuid4())}, status)


def _imds_error(error: str, text: str) -> Response:
    return reply({"error": error, "error_description": text}, 400)


def openid(call: Call) -> Response:
    """Answer the tenant's OpenID configuration."""
    base, tenant = call.request.base, call.param("tenant")
    if tenant.lower() not in {call.azure.tenant_id, "common", "organizations"}:
        return _entra_error(400, "invalid_tenant", f"AADSTS90002: Tenant '{tenant}' not found.", 90002)
    return reply(
        {
            "token_endpoint": f"{base}/{tenant}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/{tenant}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/{tenant}/oauth2/v2.0/devicecode",
            "issuer": f"{base}/{call.azure.tenant_id}/v2.0",
            "jwks_uri": f"{base}/{tenant}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


def client_credentials(call: Call) -> Response:
    """Answer the client-credentials grant."""
    form = {name: values[0] for name, values in parse_qs(call.request.body.decode()).items()}
    client = form.get("client_id", "").lower()
    if call.param("tenant").lower() != call.azure.tenant_id:
        return _entra_error(400, "invalid_request", f"AADSTS90002: Tenant '{call.param('tenant')}' not found.", 90002)
    if form.get("grant_type") != "client_credentials":
        return _entra_error(400, "unsupported_grant_type", "AADSTS70003: The grant type is not supported.", 70003)
    if client != PERSON_CLIENT:
        text = f"AADSTS700016: Application with identifier '{client}' was not found in the directory."
        return _entra_error(400, "unauthorized_client", text, 700016)
    if form.get("client_secret") != PERSON_SECRET:
        return _entra_error(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.", 7000215)
    audience = form.get("resource") or form.get("scope", "").removesuffix("/.default")
    access = token(call.azure, PERSON_CLIENT, audience)
    return reply(
        {"token_type": "Bearer", "expires_in": LIFETIME - 1, "ext_expires_in": LIFETIME - 1, "access_token": access}
    )


def _entra_error(status: int, error: str, text: str, code: int) -> Response:
    return reply(
        {"error": error, "error_description": text, "error_codes": [code], "correlation_id": str(uuid.uuid4())}, status
    )


def discovery(call: Call) -> Response:
    """Answer instance discovery, for clients that insist on it."""
    host = call.request.headers.get("host", "")
    return reply(
        {
            "tenant_discovery_endpoint": f"{call.request.base}/{call.azure.tenant_id}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }
    )


def endpoints(call: Call) -> Response:
    """Tell of the cloud, in the form of 2022-09-01; older versions answered a smaller object."""
    base = call.request.base
    body: dict[str, Any] = {
        "name": call.azure.cloud,
        "resourceManager": base,
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": base,
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graph": "https://graph.windows.net/",
        "graphAudience": "https://graph.windows.net/",
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "gallery": "https://gallery.azure.com/",
        "batch": "https://batch.core.windows.net/",
        "media": "https://rest.media.azure.net",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "logAnalyticsResourceId": base,
        "appInsightsResourceId": "https://api.applicationinsights.io",
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
            "sqlServerHostname": "database.windows.net",
            "mysqlServerEndpoint": "mysql.database.azure.com",
            "postgresqlServerEndpoint": "postgres.database.azure.com",
            "mariadbServerEndpoint": "mariadb.database.azure.com",
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
            "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "azureFrontDoorEndpointSuffix": "azurefd.net",
            "synapseAnalytics": "dev.azuresynapse.net",
            "storageSyncEndpointSuffix": "afs.azure.net",
            "mhsmDns": "managedhsm.azure.net",
            "attestationEndpoint": "attest.azure.net",
        },
    }
    version = {name.lower(): value for name, value in call.request.query.items()}.get("api-version", "")
    return reply([body] if version in {"2019-05-01", "2019-10-01", "2020-06-01"} else body)
