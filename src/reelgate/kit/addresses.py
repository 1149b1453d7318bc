"""Which hosts and addresses a stranger's URL may lead to: pure tables and rules, no network.

The two tables are IANA's special-purpose address registries, checked on 2026-11-20, by the registry's own names, with
what lies outside of them and is not public either. Everything listed is refused, also where the registry calls it
globally reachable: no picture and no webhook lives on an anycast relay. Python's own `is_global` is not used: in
3.11 it passes multicast, NAT64, 6to4 and others. `kit.fetch` is the caller.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: https://www.iana.org/assignments/iana-ipv4-special-registry
_IPV4_SPECIAL: Final = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local, and the metadata of most clouds",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "IETF protocol assignments: DS-Lite, dummy, PCP and TURN anycast, NAT64 discovery",
    "192.0.2.0/24": "documentation (TEST-NET-1)",
    "192.31.196.0/24": "AS112-v4",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "deprecated (6to4 relay anycast)",
    "192.168.0.0/16": "private use",
    "192.175.48.0/24": "direct delegation AS112 service",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation (TEST-NET-2)",
    "203.0.113.0/24": "documentation (TEST-NET-3)",
    "224.0.0.0/4": "multicast, of a registry of its own",
    "240.0.0.0/4": "reserved, limited broadcast included",
    "168.63.129.16/32": "not in the registry: a public address at which Azure's hosts talk to their guests",
}

#: https://www.iana.org/assignments/iana-ipv6-special-registry; what is not global unicast is refused as a whole below.
_IPV6_SPECIAL: Final = {
    "2001::/23": "IETF protocol assignments: Teredo, benchmarking, AMT, AS112-v6, ORCHID, ORCHIDv2, DETs",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "direct delegation AS112 service",
    "3fff::/20": "documentation",
}

#: The only part of IPv6 that IANA gives out as global unicast. Outside lie loopback, unspecified, IPv4-mapped,
#: IPv4-compatible, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), discard-only and dummy (100::/64, 100:0:0:1::/64),
#: SRv6 (5f00::/16), unique local, link local, site local and multicast.
_IPV6_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")

_NOT_PUBLIC: Final[tuple[Network, ...]] = tuple(map(ipaddress.ip_network, [*_IPV4_SPECIAL, *_IPV6_SPECIAL]))

_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
#: Resolvers read names whose last label is a number as IPv4 addresses, in decimal, octal or hexadecimal.
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_ENTRY: Final = re.compile(r"(?:\[(?P<bracketed>[^\[\]]+)\]|(?P<plain>[^\[\]:]+))(?::(?P<port>[0-9]{1,5}))?")


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet by the tables above. Pure."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _IPV6_GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def read_host(host: str) -> Address | str:
    """Return the address that a URL's host is, or its name in lower case without a dot at the end. Pure.

    Args:
        host: without brackets, in ASCII.

    Raises:
        ValueError: it is neither, has a zone, or is a number that a resolver might take for an address.

    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().removesuffix(".")
    else:
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
            raise ValueError("an address with a zone")
        return address
    if not _NAME.fullmatch(name) or _NUMBER.fullmatch(name):
        raise ValueError("not a host name")
    return name


@dataclass(frozen=True, slots=True)
class _Entry:
    """One trusted name, lower case, or network; at one port or at all."""

    place: str | Network
    port: int | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """The hosts and networks that the operator trusts, whatever their addresses and ports."""

    entries: tuple[_Entry, ...] = ()

    def has_name(self, host: Address | str, port: int) -> bool:
        """Return whether a name is trusted, wherever it leads."""
        return any(entry.place == host and entry.port in (None, port) for entry in self.entries)

    def has_address(self, address: Address, port: int) -> bool:
        """Return whether an address is trusted."""
        return any(
            not isinstance(entry.place, str) and address in entry.place and entry.port in (None, port)
            for entry in self.entries
        )


def read_networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks, separated by commas: "127.0.0.1, 10.0.0.0/8". Pure.

    Raises:
        ValueError: one is neither; the message says which.

    """
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def read_allowed(text: str) -> Allowed:
    """Return the trusted hosts of a setting such as `localhost, media.internal:9000, 10.0.0.0/8, [::1]:8080`. Pure.

    Entries are host names, addresses or networks, separated by commas or spaces, each with a port or for all ports.

    Raises:
        ValueError: an entry is none of these; the message names it.

    """
    return Allowed(tuple(_read_entry(word) for word in text.replace(",", " ").split()))


def _read_entry(word: str) -> _Entry:
    try:
        return _Entry(ipaddress.ip_network(word, strict=False), None)
    except ValueError:
        pass  # With a port, in brackets, or a name.
    match = _ENTRY.fullmatch(word)
    port = int(match["port"]) if match and match["port"] else None
    if match is None or port == 0 or (port or 0) > 65535:
        raise ValueError(f"{word!r} is not a host name, address or network with or without a port")
    place = match["bracketed"] or match["plain"]
    try:
        return _Entry(ipaddress.ip_network(place, strict=False), port)
    except ValueError:
        pass  # A name.
    try:
        name = read_host(place)
    except ValueError as error:
        raise ValueError(f"{word!r} is not a host name, address or network with or without a port") from error
    assert isinstance(name, str), "addresses are networks of one"
    return _Entry(name, port)
