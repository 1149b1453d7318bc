"""Who really asks, where a proxy that the operator trusts says so. Nobody else is believed.

`X-Forwarded-For` is read from its end, past every trusted address: what a client has written itself stands before
what the first trusted proxy has added, and is never reached. Called by `app`, around everything else.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from reelgate.kit.addresses import Address, Network

#: More hops than any chain of proxies has.
HOPS_MAX: Final = 32

_ORIGIN_KEY: Final = "reelgate.origin"
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_WITH_PORT: Final = re.compile(r"(?P<v4>[0-9.]+):[0-9]{1,5}|\[(?P<v6>[0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?")


class TrustedProxies:
    """ASGI middleware: gives requests that come from trusted proxies the client's address, and the address it asked."""

    def __init__(self, app: ASGIApp, networks: Iterable[Network], *, origins: bool) -> None:
        """Believe `networks`; with `origins`, also about the scheme and host that clients use."""
        self._app = app
        self._networks = tuple(networks)
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as its client's."""
        if scope["type"] == "http" and scope.get("client"):
            peer = _address(scope["client"][0])
            if peer is not None and self._trusts(peer):
                scope = self._as_its_client_s(scope, peer)
        await self._app(scope, receive, send)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks if network.version == address.version)

    def _as_its_client_s(self, scope: Scope, peer: Address) -> Scope:
        forwarded, scheme, host = [], b"", b""
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                forwarded.append(value)
            elif name == b"x-forwarded-proto":
                scheme = value.rpartition(b",")[2].strip().lower()
            elif name == b"host":
                host = value
        changed: dict[str, Any] = {**scope, "client": (str(self._client(b",".join(forwarded), peer)), 0)}
        if scheme in (b"http", b"https"):
            changed["scheme"] = scheme.decode()
            if self._origins and _HOST.fullmatch(host):
                changed[_ORIGIN_KEY] = f"{scheme.decode()}://{host.decode()}"
        return changed

    def _client(self, forwarded: bytes, peer: Address) -> Address:
        """Return the last address that is not a trusted proxy's; where one cannot be read, the one after it."""
        client = peer
        for hop in reversed(forwarded.decode("latin-1").split(",")[-HOPS_MAX:]):
            address = _address(hop.strip())
            if address is None:
                return client
            client = address
            if not self._trusts(address):
                return client
        return client


def origin_of(scope: Scope) -> str | None:
    """Return scheme and host that a trusted proxy says its client has asked, or None."""
    found: str | None = scope.get(_ORIGIN_KEY)
    return found


def _address(text: str) -> Address | None:
    if found := _WITH_PORT.fullmatch(text):
        text = found["v4"] or found["v6"]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
