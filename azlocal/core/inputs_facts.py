"""What Azure knows of a cluster that belongs into its upgrade inputs. `None` means not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, NetmaskValueError
from typing import Any

from azlocal.core.ids import key


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFacts:
    """One network adapter as an edge device reports it. Addresses are text as Azure writes it."""

    address: str = ""
    mask: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()

    @property
    def routed(self) -> bool:
        """Return whether it has an address and a gateway."""
        return interface(self.address) is not None and interface(self.gateway) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """One Arc machine, by what inputs say of it.

    `addresses` are IPv4 addresses with the length of their subnet (`10.20.0.21/24`), or without one where Azure
    tells none. `adapters` come from the edge device, which the first validation creates.
    """

    id: str
    name: str
    principal: str | None = None
    """Object id of the system-assigned identity; empty when there is none."""
    domain: str = ""
    addresses: tuple[str, ...] = ()
    adapters: tuple[AdapterFacts, ...] = ()
    device_id: str = ""
    """The edge device's id, where there is one."""

    @property
    def plain_addresses(self) -> tuple[str, ...]:
        """Return the addresses alone."""
        return tuple(one.partition("/")[0] for one in self.addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultFacts:
    """One key vault. `public` tells whether public networks reach it."""

    id: str
    name: str
    uri: str = ""
    public: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What was read around clusters for the sake of their inputs."""

    hosts: Mapping[str, HostFacts] = field(default_factory=dict)
    """By id key."""
    vaults: Mapping[str, VaultFacts] | None = None
    """By name in lower case; None when vaults were not read."""
    unregistered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By subscription: the resource providers that are known not to be registered."""
    echoes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By id key of the cluster: the parameters that its deployment settings echo."""
    problems: tuple[str, ...] = ()
    """What could not be read."""

    def host(self, machine_id: str) -> HostFacts | None:
        """Return the machine of an id, or None when it was not read."""
        return self.hosts.get(key(machine_id))


def interface(text: str) -> IPv4Interface | None:
    """Return an address with its subnet, or None when it is no IPv4 address that a host would be reached by."""
    try:
        found = IPv4Interface(text)
    except (AddressValueError, NetmaskValueError, ValueError):
        return None
    usable = not (found.ip.is_link_local or found.ip.is_loopback or found.ip.is_unspecified or found.ip.is_multicast)
    return found if usable else None


def is_address(text: str) -> bool:
    """Return whether *text* is an IPv4 address."""
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True
