"""Which addresses are public, and what may stand as a host."""

import ipaddress

import pytest

from reelgate.kit.addresses import Allowed, is_public, read_allowed, read_host

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "203.0.114.0",
    "223.255.255.255", "168.63.129.15",
    "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700:4700::1111", "2a00:1450:4001:82f::200e",
    "2001:db7::1", "3ffe::1", "3fff:1000::1", "2620:4f:8001::1",
]  # fmt: skip

NOT_PUBLIC = [
    # This network, private, shared, loopback, link local and what hides there.
    "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200", "100.127.255.255",  # noqa: S104 -- nothing is bound
    "127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.0",
    "172.31.255.255", "192.168.0.1", "192.168.255.255", "168.63.129.16",
    # Protocol assignments, relays, documentation, benchmarking.
    "192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.0.10", "192.0.0.170", "192.0.0.192", "192.0.2.1",
    "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.7",
    # Multicast, reserved, broadcast.
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    # IPv6: unspecified, loopback, embedded IPv4 in every dress.
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2002:808:808::1", "2001:0:4136:e378::1",
    # Discard, dummy, assignments, documentation, AS112, SRv6.
    "100::1", "100:0:0:1::1", "2001:2::1", "2001:3::1", "2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1",
    "2001:1ff:ffff::1", "2001:db8::1", "3fff::1", "3fff:fff::1", "2620:4f:8000::1", "5f00::1",
    # Unique local with a cloud's metadata, link local, site local, multicast, space that is not given out.
    "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
    "4000::1", "1fff::1", "8000::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_public_internet_are_public(address: str) -> None:
    """The neighbours of each special range are not caught with it."""
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_special_addresses_are_not_public(address: str) -> None:
    """Nothing of the registries, no embedded IPv4 and no multicast passes."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com.", "example.com"),
        ("localhost", "localhost"),
        ("a_b.example", "a_b.example"),
        ("xn--exmple-cua.com", "xn--exmple-cua.com"),
        ("1e100.net", "1e100.net"),
        ("127.0.0.1", ipaddress.ip_address("127.0.0.1")),
        ("::1", ipaddress.ip_address("::1")),
        ("::ffff:127.0.0.1", ipaddress.ip_address("::ffff:127.0.0.1")),
    ],
)
def test_hosts_are_names_or_addresses(host: str, expected: object) -> None:
    """Names are compared in one form."""
    assert read_host(host) == expected


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "..", ".example.com", "example..com", "-a.com", "a-.com", "a b", "a/b", "a%2eb", "ex\u00e4mple.com",
        "2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "127.0.0.01", "1.2.3.4.",
        "017700000001", "0", "0x", "example.1", "1.2.3.4.5", "256.0.0.1", "1.1.1.1.0x1",
        "fe80::1%eth0", "::1%25lo", "[::1]", "1::2::3", "a" * 64 + ".com", "a." * 127 + "com",
    ],
)  # fmt: skip
def test_hosts_in_disguise_are_refused(host: str) -> None:
    """Decimal, octal, hexadecimal and short addresses, zones and broken names."""
    with pytest.raises(ValueError, match=r"address|host"):
        read_host(host)


def test_nothing_is_allowed_by_default() -> None:
    """Trust is given by name."""
    assert not Allowed().has_name("localhost", 80)
    assert not Allowed().has_address(ipaddress.ip_address("127.0.0.1"), 80)


def test_allowed_names_count_for_their_port() -> None:
    """A name without a port is trusted at all ports; nothing is trusted below or above it."""
    allowed = read_allowed("LocalHost, media.internal:9000")
    assert allowed.has_name("localhost", 1)
    assert allowed.has_name("media.internal", 9000)
    assert not allowed.has_name("media.internal", 9001)
    assert not allowed.has_name("x.localhost", 1)
    assert not allowed.has_name("internal", 9000)
    assert not allowed.has_address(ipaddress.ip_address("127.0.0.1"), 1)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("127.0.0.1", ("127.0.0.1", 5), ("127.0.0.2", 5)),
        ("127.0.0.1:80", ("127.0.0.1", 80), ("127.0.0.1", 81)),
        ("10.0.0.0/8", ("10.9.8.7", 5), ("11.0.0.0", 5)),
        ("10.1.2.3/8", ("10.9.8.7", 5), ("11.0.0.0", 5)),
        ("10.0.0.0/8:99", ("10.9.8.7", 99), ("10.9.8.7", 98)),
        ("::1", ("::1", 5), ("::2", 5)),
        ("[::1]", ("::1", 5), ("127.0.0.1", 5)),
        ("[::1]:80", ("::1", 80), ("::1", 81)),
        ("fd00::/8", ("fd12::1", 5), ("fc12::1", 5)),
        ("[fd00::/8]:80", ("fd12::1", 80), ("fd12::1", 81)),
    ],
)
def test_allowed_networks_hold_their_addresses(text: str, inside: tuple[str, int], outside: tuple[str, int]) -> None:
    """Addresses and networks, of both kinds, with and without a port."""
    allowed = read_allowed(text)
    assert allowed.has_address(ipaddress.ip_address(inside[0]), inside[1])
    assert not allowed.has_address(ipaddress.ip_address(outside[0]), outside[1])


@pytest.mark.parametrize(
    "text", ["a b:0", "a:99999", "a:b", "http://a", "[::1", "*.example.com", "2130706433", "10.0.0.0/33"]
)
def test_mistakes_in_the_setting_are_named(text: str) -> None:
    """An operator's typo must not become silent distrust, or trust."""
    with pytest.raises(ValueError, match="is not a host name, address or network"):
        read_allowed(text)
