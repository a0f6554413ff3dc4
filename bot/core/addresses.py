"""Which addresses a cell may be connected to: those of the public internet, and those a mirror can have."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))
"""Where clouds serve a machine's own credentials besides the link-local address."""


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also where IPv6 wraps one of IPv4."""
    found = _parse(address)
    if found is None or found in _METADATA:
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def may_be_mirror(address: str) -> bool:
    """Whether a mirror in the operator's network can have this address: not one that means this host, its link, a group
    of hosts, or a cloud's metadata, also where IPv6 wraps it."""
    found = _parse(address)
    return found is not None and found not in _METADATA and not _is_local(found)


def _is_local(found: Address) -> bool:
    never = found.is_loopback or found.is_link_local or found.is_unspecified or found.is_multicast
    is_old_site = isinstance(found, ipaddress.IPv4Address) and found.is_reserved  # 240.0.0.0/4, and broadcast in it
    # The whole of 0.0.0.0/8 means "this network": Linux connects 0.0.0.0 to the host itself.
    return never or is_old_site or found in _THIS_NETWORK


_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")


def _parse(address: str) -> Address | None:
    """The address that a connection would reach: what IPv6 wraps, without its zone. None for what is none."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return None
    return _unwrap(found) if isinstance(found, ipaddress.IPv6Address) else found


def _unwrap(found: ipaddress.IPv6Address) -> Address:
    inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
    if inner is None and found in _NAT64:
        return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return inner or found
