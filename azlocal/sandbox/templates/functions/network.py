"""Functions on address ranges."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.functions.checks import want_integer, want_text
from azlocal.sandbox.templates.functions.registry import function


@function("parseCidr", 1)
def parse_cidr(text: Any) -> dict[str, Any]:
    """Return the parts of a range."""
    range_ = _range("parseCidr", text)
    parsed: dict[str, Any] = {"network": str(range_.network_address), "netmask": str(range_.netmask)}
    if isinstance(range_, IPv4Network):
        parsed["broadcast"] = str(range_.broadcast_address)
    first, last = _usable(range_)
    return {**parsed, "firstUsable": str(range_[first]), "lastUsable": str(range_[last]), "cidr": range_.prefixlen}


@function("cidrSubnet", 3)
def cidr_subnet(text: Any, prefix: Any, place: Any) -> str:
    """Return the subnet number *place* of the given prefix length."""
    range_, length = _range("cidrSubnet", text), want_integer("cidrSubnet", prefix)
    at = want_integer("cidrSubnet", place)
    bits = length - range_.prefixlen
    if not (range_.prefixlen <= length <= range_.max_prefixlen and 0 <= at < 2**bits):
        raise _refused("cidrSubnet", f"{range_} has no subnet number {at} of prefix length {length}.")
    address = int(range_.network_address) + (at << range_.max_prefixlen - length)
    return str(type(range_)((address, length)))


@function("cidrHost", 2)
def cidr_host(text: Any, place: Any) -> str:
    """Return the usable address number *place* of a range."""
    range_, at = _range("cidrHost", text), want_integer("cidrHost", place)
    first, last = _usable(range_)
    if not 0 <= at <= range_.num_addresses + last - first:
        raise _refused("cidrHost", f"{range_} has no host number {at}.")
    return str(range_[first + at])


def _usable(range_: IPv4Network | IPv6Network) -> tuple[int, int]:
    small = range_.max_prefixlen - range_.prefixlen < 2
    return (0, -1) if small else (1, -2 if isinstance(range_, IPv4Network) else -1)


def _range(name: str, text: Any) -> IPv4Network | IPv6Network:
    try:
        return ip_network(want_text(name, text), strict=False)
    except ValueError as error:
        raise _refused(name, f"'{text}' is not a valid range of addresses.") from error


def _refused(name: str, why: str) -> TemplateError:
    return TemplateError(
        f"Unable to evaluate template language function '{name}': {why} {see(f'arm-functions#{name.lower()}')}"
    )
