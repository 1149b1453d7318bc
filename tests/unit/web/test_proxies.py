"""Whom a server believes about who asks it: nobody, unless the operator names them."""

from typing import Any

import pytest

from reelgate.kit.addresses import read_networks
from reelgate.web.limiter import address_of
from reelgate.web.proxies import TrustedProxies, origin_of

TRUSTED = "127.0.0.1, 10.0.0.0/8, 2001:db8::/32"


async def seen(peer: str | None, *headers: tuple[str, str], trusted: str = TRUSTED, origins: bool = True) -> Any:
    """Return the scope that the application gets."""
    got: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        got.append(scope)

    scope = {
        "type": "http",
        "scheme": "http",
        "client": None if peer is None else (peer, 5),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }
    await TrustedProxies(app, read_networks(trusted), origins=origins)(scope, None, None)  # type: ignore[arg-type]
    return got[0]


def forwarded(value: str) -> tuple[str, str]:
    return ("X-Forwarded-For", value)


@pytest.mark.parametrize(
    ("peer", "values", "client"),
    [
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.1.2.3", ["203.0.113.7, 10.9.9.9, 10.8.8.8"], "203.0.113.7"),
        # What the client has written itself stands before what the proxy has seen.
        ("127.0.0.1", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["127.0.0.1, 203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["203.0.113.7:4711"], "203.0.113.7"),
        ("::ffff:127.0.0.1", ["[2001:4860::1]:4711"], "2001:4860::1"),
        ("2001:db8::5", ["2001:4860::1"], "2001:4860::1"),
        ("127.0.0.1", ["::ffff:203.0.113.7"], "203.0.113.7"),
        # All are trusted: the first of them has asked.
        ("127.0.0.1", ["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
        # What cannot be read ends the chain where it still could.
        ("127.0.0.1", ["203.0.113.7, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["unknown, 10.0.0.2"], "10.0.0.2"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", [", ".join(["203.0.113.7"] + ["10.0.0.1"] * 100)], "10.0.0.1"),
        # Whoever is not trusted is itself.
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("2001:4860::9", ["198.51.100.1"], "2001:4860::9"),
    ],
)
async def test_the_client_is_whom_trusted_proxies_have_seen(peer: str, values: list[str], client: str) -> None:
    """Read from the end, past trusted addresses, and no further."""
    assert address_of(await seen(peer, *map(forwarded, values))) == client


async def test_by_default_nobody_is_believed() -> None:
    """Not even the machine itself; nor one whose address is not known."""
    headers = (forwarded("203.0.113.7"), ("X-Forwarded-Proto", "https"), ("Host", "a.example"))
    for peer in ("127.0.0.1", "unix", None):
        scope = await seen(peer, *headers, trusted="")
        assert (address_of(scope), scope["scheme"], origin_of(scope)) == (peer or "", "http", None)
    assert address_of(await seen("unix", *headers)) == "unix"


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("https", "video.example.com", "https://video.example.com"),
        ("http, HTTPS", "video.example.com:8443", "https://video.example.com:8443"),
        ("https", "[2001:4860::1]:8443", "https://[2001:4860::1]:8443"),
        ("ftp", "video.example.com", None),
        ("https", "video.example.com/x", None),
        ("https", "a b", None),
        ("https", "", None),
    ],
)
async def test_links_follow_the_address_that_clients_use(scheme: str, host: str, origin: str | None) -> None:
    """By the scheme that a trusted proxy names, where the host is one; not where the operator has set the address."""
    headers = (("X-Forwarded-Proto", scheme), ("Host", host))
    assert origin_of(await seen("127.0.0.1", *headers)) == origin
    assert origin_of(await seen("127.0.0.1", *headers, origins=False)) is None
    assert origin_of(await seen("203.0.113.9", *headers)) is None


def test_networks_are_read_or_refused() -> None:
    """Names are no networks."""
    assert [str(network) for network in read_networks(TRUSTED)] == ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"]
    for wrong in ("proxy.example", "10.0.0.1/8", "*"):
        with pytest.raises(ValueError, match=r"does not appear|has host bits"):
            read_networks(wrong)
