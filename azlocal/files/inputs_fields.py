"""The single values of upgrade inputs: the parameters of `solution-upgrade.json`, each with its reader.

A reader takes what stands in a file and returns what is sent; it raises ValueError with the sentence
that refuses it. Rules without another source: validation table of the Azure Local upgrade articles
(2026-04-28) and the template published with them; `namingPrefix`: Microsoft.AzureStackHCI 2026-04-30.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import AddressValueError, IPv4Address
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from azlocal.core.ids import parse_id
from azlocal.files.words import quoted, text_of, yes_or_no

Reader = Callable[[Any], Any]

_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_FQDN = re.compile(rf"(?=.{{4,255}}$)(?:{_LABEL}\.)+(?!\d+$){_LABEL}")
_VAULT = re.compile(r"[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]", re.IGNORECASE)
_VAULT_HOST = re.compile(r"(?P<name>[a-z0-9-]{1,63})\.vault(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_MACHINE = "Microsoft.HybridCompute/machines"


class Coded(ValueError):
    """A refusal by another rule than the field's own."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def address(value: Any) -> str:
    """Return an IPv4 address."""
    text = text_of(value)
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        raise ValueError(f"{quoted(text)} is not an IPv4 address") from None


def mask(value: Any) -> str:
    """Return a subnet mask: ones, then zeros, as in 255.255.255.0."""
    text = text_of(value)
    try:
        zeros = ~int(IPv4Address(text)) & 0xFFFFFFFF
    except AddressValueError:
        zeros = 0xFFFFFFFF
    if zeros & (zeros + 1) or zeros == 0xFFFFFFFF:
        raise ValueError(f"{quoted(text)} is not a subnet mask such as 255.255.255.0")
    return text


def fqdn(value: Any) -> str:
    """Return a fully qualified domain name."""
    text = text_of(value)
    if not _FQDN.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a fully qualified domain name such as ad.contoso.com")
    return text


def failover_cluster_name(value: Any) -> str:
    """Return the name of a failover cluster: 3 to 15 characters."""
    text = text_of(value)
    if not 3 <= len(text) <= 15:
        raise ValueError(f"{quoted(text)} is {len(text)} characters long; the name has 3 to 15")
    return text


def naming_prefix(value: Any) -> str:
    """Return the prefix of names: 1 to 8 letters, digits, hyphens."""
    text = text_of(value)
    if not re.fullmatch(r"[A-Za-z0-9-]{1,8}", text):
        raise ValueError(f"{quoted(text)} is not 1 to 8 letters, digits and hyphens")
    return text


def configuration_version(value: Any) -> str:
    """Return the version of the deployment configuration: four numbers."""
    text = text_of(value)
    if not re.fullmatch(r"\d+(\.\d+){3}", text):
        raise ValueError(f"{quoted(text)} is not a version such as 10.1.0.0")
    return text


def machine_id(value: Any) -> str:
    """Return the resource id of an Arc machine."""
    text = text_of(value).rstrip("/")
    found = parse_id(text)
    if found.kind.lower() != _MACHINE.lower():
        raise ValueError(f"{quoted(text)} is the id of a {found.kind}, not of a {_MACHINE}")
    return text


_VAULT_NAME = (
    "a vault's name has 3 to 24 letters, digits and single hyphens, from a letter to a letter or digit"
)  # fmt: skip


def secret_uri(value: Any) -> str:
    """Return the URI, with version, of a Key Vault secret. A refusal never repeats what was written."""
    text = text_of(value)
    try:
        parts = urlsplit(text)
        host = parts.netloc
    except ValueError:
        raise ValueError("is not a URI") from None
    vault = _VAULT_HOST.fullmatch(host)
    if parts.scheme.lower() != "https" or not vault or parts.query or parts.fragment:
        raise ValueError(
            "is not the URI of a Key Vault secret: https://<vault>.vault.<domain>/secrets/<name>/<version>"
        )
    if not _VAULT.fullmatch(vault["name"]):
        raise Coded(f"names the vault {quoted(vault['name'])}; {_VAULT_NAME}", "KEYVAULT_NAME")
    segments = parts.path.strip("/").split("/")
    if segments[0].lower() != "secrets" or len(segments) not in {2, 3}:
        raise ValueError("does not point to a secret: the path must be /secrets/<name>/<version>")
    if len(segments) == 2:
        raise ValueError("has no version: without it the secret could change between Validate and Deploy")
    if not all(re.fullmatch(r"[A-Za-z0-9-]{1,127}", segment) for segment in segments):
        raise ValueError("names a secret or version with characters that Key Vault does not take")
    return text


NETWORK = "network"
"""The key that says in which network the addresses lie; it is no parameter of the template."""


def network(value: Any) -> str:
    """Return the word that tells a network from others with the same addresses."""
    text = text_of(value)
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", text):
        raise ValueError(f"{quoted(text)} is not 1 to 64 letters, digits, dots, underscores and hyphens")
    return text


def text_or_nothing(value: Any) -> str:
    """Return one line of text, which may be empty."""
    text = "" if value == "" else text_of(value)
    if not text.isprintable():
        raise ValueError("holds a line break or another control character")
    return text


SINGLE: Mapping[str, Reader] = MappingProxyType({
    "failoverClusterName": failover_cluster_name,
    "domainFqdn": fqdn,
    "startingIPAddress": address,
    "endingIPAddress": address,
    "subnetMask": mask,
    "defaultGateway": address,
    "customLocation": text_of,
    "lcmSecretUri": secret_uri,
    "namingPrefix": naming_prefix,
    "adouPath": text_or_nothing,
    "streamingDataClient": yes_or_no,
    "euLocation": yes_or_no,
    "episodicDataUpload": yes_or_no,
    "deploymentConfigurationVersion": configuration_version,
})  # fmt: skip
"""Parameters that hold one value."""

LISTS: Mapping[str, Reader] = MappingProxyType({"arcNodeResourceIds": machine_id, "dnsServers": address})
"""Parameters that hold a list, and the reader of its items."""

NODES = "physicalNodesSettings"
NODE: Mapping[str, Reader] = MappingProxyType({"name": text_of, "ipv4Address": address})
"""The parameter that holds a list of mappings, and the readers of their keys."""

KNOWN = (*SINGLE, *LISTS, NODES)
REQUIRED = (
    "failoverClusterName", "arcNodeResourceIds", NODES, "domainFqdn", "startingIPAddress", "endingIPAddress",
    "subnetMask", "defaultGateway", "dnsServers", "customLocation", "lcmSecretUri",
)  # fmt: skip
"""What the template has no default for, mode and name of the cluster apart."""
