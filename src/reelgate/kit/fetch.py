"""The one way to GET a URL that a stranger gave: hardened against being turned on the server's own network.

Each hop is resolved once, refused unless all its addresses are public by `kit.addresses`, and connected to at one of
those very addresses, with the URL's name in the Host header, in SNI and in the check of the certificate. There are no
proxies, credentials, cookies or settings from the environment. It must never be given an address by anything but the
check in `checked_addresses`. Services call it for inputs; `kit.post` sends by the same rules; `data:` URLs are
`kit.data_url`'s.

FetchProblem            str(error) is a sentence for the caller that names no address but what the caller typed
├── FetchRefused        our rules forbid the URL, or where it leads
└── FetchFailed         it did not deliver
    └── FetchTooLarge
"""

import asyncio
import contextlib
import ipaddress
import pathlib
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpcore2
import httpx2

from reelgate.kit.addresses import Address, Allowed, is_public, read_host

#: Takes a host name and a port; returns all of its addresses. Raises OSError when there are none.
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

#: Where public hosts serve files. Anything else needs the operator's word.
PORTS: Final = frozenset({80, 443, 8080, 8443})

_URL_MAX_CHARS: Final = 8192
#: Characters that browsers and parsers disagree about.
_DISPUTED: Final = re.compile(r"[\x00-\x20\x7f\\]")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
#: How many addresses of a host are tried until one answers.
_CONNECTS_MAX: Final = 3
_AGENT: Final = b"reelgate"


class FetchProblem(Exception):
    """A URL was not fetched."""


class FetchRefused(FetchProblem):
    """The rules forbid the URL or where it leads; the same URL will be refused again."""


class FetchFailed(FetchProblem):
    """The URL did not deliver; it may do so later."""


class FetchTooLarge(FetchFailed):
    """The URL delivers more bytes than allowed."""


async def resolve_by_system(host: str, port: int) -> Sequence[Address]:
    """Return the addresses that the system's resolver knows for a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ipaddress.ip_address(address[0]) for *_, address in found))


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchRules:
    """What may be fetched, how much of it and how long it may take. Made once: loading certificates takes a while."""

    allowed: Allowed = field(default_factory=Allowed)
    size_max_bytes: int = 20_000_000
    #: For everything: names, redirects and the last byte.
    total_s: float = 30.0
    #: For each address that is tried.
    connect_s: float = 5.0
    #: Between two pieces of the answer.
    read_s: float = 10.0
    redirects_max: int = 3
    resolve: Resolve = resolve_by_system
    tls: ssl.SSLContext = field(default_factory=httpcore2.default_ssl_context, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What a URL delivered."""

    content: bytes = field(repr=False)
    #: As the server claims, lower case without parameters.
    media_type: str | None
    #: After redirects.
    final_url: str


async def fetch(url: str, *, rules: FetchRules, accept: tuple[str, ...] = ()) -> Fetched:
    """GET a stranger's http or https URL. May be repeated.

    Args:
        url: as the caller typed it.
        rules: what the server allows.
        accept: beginnings of the media types that are read, such as "image/"; all when empty.

    Raises:
        FetchRefused: the URL or where it leads is not allowed.
        FetchTooLarge: it has more bytes than allowed.
        FetchFailed: it did not deliver in time, or not what was asked for.

    """
    content = bytearray()

    async def keep(piece: bytes) -> None:
        content.extend(piece)

    try:
        async with asyncio.timeout(rules.total_s):
            answer = await _follow(read_place(url), rules, accept, keep)
            return Fetched(content=bytes(content), media_type=answer.media_type, final_url=answer.final_url)
    except TimeoutError as error:
        raise FetchFailed(f"The URL did not deliver within {rules.total_s:g} s.") from error


async def fetch_to(path: pathlib.Path, url: str, *, rules: FetchRules, accept: tuple[str, ...] = ()) -> None:
    """GET a stranger's URL into a new local file, piece by piece in constant memory; otherwise like `fetch`.

    Raises:
        OSError: the file cannot be written.

    """
    with path.open("wb") as file:

        async def keep(piece: bytes) -> None:
            await asyncio.to_thread(file.write, piece)

        try:
            async with asyncio.timeout(rules.total_s):
                await _follow(read_place(url), rules, accept, keep)
        except TimeoutError as error:
            raise FetchFailed(f"The URL did not deliver within {rules.total_s:g} s.") from error


@dataclass(frozen=True, slots=True)
class Place:
    """A URL in the only form in which anything is read from it."""

    url: httpx2.URL
    scheme: str
    host: Address | str
    port: int

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if isinstance(self.host, ipaddress.IPv6Address) else str(self.host)
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> httpcore2.URL:
        """What is asked for, in the form of a request."""
        return httpcore2.URL(
            scheme=self.scheme.encode(), host=str(self.host).encode(), port=self.port, target=self.url.raw_path
        )


def read_place(text: str) -> Place:
    """Read a stranger's URL in the one form that everything else goes by. Pure.

    Raises:
        FetchRefused: it is none that is fetched, whatever it leads to.

    """
    if len(text) > _URL_MAX_CHARS or _DISPUTED.search(text):
        raise FetchRefused("The URL is too long or holds characters that a URL may not.")
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise FetchRefused("The URL is not valid.") from error
    if url.scheme not in _DEFAULT_PORTS:
        raise FetchRefused("Only http and https URLs are fetched.")
    if url.userinfo:
        raise FetchRefused("URLs with a user name or password are not fetched.")
    try:
        host = read_host(url.raw_host.decode("ascii"))
    except ValueError as error:
        raise FetchRefused("The host of the URL is neither a name nor an address in its usual form.") from error
    port = url.port if url.port is not None else _DEFAULT_PORTS[url.scheme]
    if not 0 < port < 65536:
        raise FetchRefused("The URL is not valid.")
    return Place(url, url.scheme, host, port)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Where a whole file came from."""

    media_type: str | None
    final_url: str


#: Takes a file, piece by piece.
_Keep = Callable[[bytes], Awaitable[None]]


async def _follow(place: Place, rules: FetchRules, accept: tuple[str, ...], keep: _Keep) -> _Answer:
    for _ in range(rules.redirects_max + 1):
        addresses = await checked_addresses(place, rules)
        with network_problems():
            outcome = await _get(place, addresses, rules, accept, keep)
        if isinstance(outcome, _Answer):
            return outcome
        place = _redirected(place, outcome)
    raise FetchFailed(f"The URL redirects more than {rules.redirects_max} times.")


@contextlib.contextmanager
def network_problems() -> Iterator[None]:
    """Say in a caller's words what goes wrong on the way to a host."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise FetchFailed("The host of the URL took too long to answer.") from error
    except httpcore2.NetworkError as error:
        raise FetchFailed("The host of the URL could not be reached securely, or hung up.") from error
    except httpcore2.ProtocolError as error:
        raise FetchFailed("The host of the URL did not answer in proper HTTP.") from error


async def checked_addresses(place: Place, rules: FetchRules) -> Sequence[Address]:
    """Return the addresses that may be connected to: all that the host has, or none of them.

    Raises:
        FetchRefused: they are not public, or the port is none of public files.
        FetchFailed: the host has none.

    """
    if isinstance(place.host, str):
        try:
            addresses = await rules.resolve(place.host, place.port)
        except OSError as error:
            raise FetchFailed("The host name of the URL is not known.") from error
    else:
        addresses = [place.host]
    if not addresses:
        raise FetchFailed("The host name of the URL is not known.")
    check_addresses(place, addresses, rules)
    return addresses


def check_addresses(place: Place, addresses: Sequence[Address], rules: FetchRules) -> None:
    """Refuse what may not be connected to. Pure.

    Raises:
        FetchRefused: some address is not public, or the port is none of public files.

    """
    if rules.allowed.has_name(place.host, place.port):
        return
    unknown = [address for address in addresses if not rules.allowed.has_address(address, place.port)]
    if not all(map(is_public, unknown)):
        raise FetchRefused("The host of the URL is not on the public internet.")
    if unknown and place.port not in PORTS:
        raise FetchRefused(f"URLs with port {place.port} are not fetched.")


def _redirected(place: Place, location: str) -> Place:
    """Return where a redirect leads; the way there is checked like any other."""
    try:
        target = read_place(str(place.url.join(location)))
    except (httpx2.InvalidURL, FetchRefused) as error:
        raise FetchRefused("The URL redirects to one that is not fetched.") from error
    if place.scheme == "https" and target.scheme == "http":
        raise FetchRefused("The URL redirects from https to http.")
    return target


class Pinned(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that were checked, whatever name the request is for."""

    def __init__(self, addresses: Sequence[Address], port: int) -> None:
        self._addresses = addresses[:_CONNECTS_MAX]
        self._port = port
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(  # noqa: D102 -- as the port says
        self,
        host: str,  # noqa: ARG002 -- it is the name that must not be resolved again
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the port's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        assert port == self._port
        failure: httpcore2.NetworkError | httpcore2.TimeoutException | None = None
        for address in self._addresses:
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                failure = error
        assert failure is not None
        raise failure


def to_timeouts(rules: FetchRules) -> dict[str, float]:
    """Return how long each step of a request may take, by httpcore's names of the steps."""
    return {"connect": rules.connect_s, "read": rules.read_s, "write": rules.read_s, "pool": rules.connect_s}


async def _get(
    place: Place, addresses: Sequence[Address], rules: FetchRules, accept: tuple[str, ...], keep: _Keep
) -> _Answer | str:
    """Hand on what the URL delivers, or return the location that it redirects to."""
    headers = {
        b"Host": place.authority.encode(),
        b"User-Agent": _AGENT,
        b"Accept": ", ".join(f"{start}*" if start.endswith("/") else start for start in accept).encode() or b"*/*",
        # An answer that unpacks to more than it weighs is not asked for, and not unpacked.
        b"Accept-Encoding": b"identity",
        b"Connection": b"close",
    }
    timeouts = to_timeouts(rules)
    async with (
        httpcore2.AsyncConnectionPool(ssl_context=rules.tls, network_backend=Pinned(addresses, place.port)) as pool,
        pool.stream("GET", place.target, headers=list(headers.items()), extensions={"timeout": timeouts}) as response,
    ):
        answer = httpx2.Headers(response.headers)
        if response.status in _REDIRECTS and "location" in answer:
            return answer["location"]
        if response.status != 200:
            raise FetchFailed(f"The URL answered with status {response.status}.")
        media_type = answer.get("content-type", "").partition(";")[0].strip().lower() or None
        if accept and not (media_type or "").startswith(accept):
            raise FetchFailed(f"The URL delivers {media_type or 'no media type'}, which is not read here.")
        if answer.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise FetchFailed("The URL delivers compressed content, which was not asked for.")
        await _read(response, answer.get("content-length", ""), rules.size_max_bytes, keep)
    return _Answer(media_type=media_type, final_url=str(place.url))


async def _read(response: httpcore2.Response, claimed: str, size_max_bytes: int, keep: _Keep) -> None:
    too_large = FetchTooLarge(f"The URL delivers more than {size_max_bytes:,} bytes.")
    if claimed.isdecimal() and int(claimed) > size_max_bytes:
        raise too_large
    size = 0
    async for piece in response.aiter_stream():
        size += len(piece)
        if size > size_max_bytes:
            raise too_large
        await keep(piece)
