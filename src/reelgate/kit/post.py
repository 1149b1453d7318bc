"""POST to a URL that a stranger gave, by the rules of `kit.fetch`: checked addresses only, and no redirect is followed.

Every answer is an answer, whatever its status; the caller judges it. The beginning of its body is read for people to
look at, and the rest is left. Called by `webhooks.send`.
"""

import asyncio
import contextlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpcore2
import httpx2

from reelgate.kit.fetch import (
    FetchFailed,
    FetchRules,
    Pinned,
    check_addresses,
    checked_addresses,
    network_problems,
    read_place,
    to_timeouts,
)

#: The status counts; a body that drips is not waited for.
BODY_S: Final = 2.0

_AGENT: Final = "reelgate"
_LOOPBACK: Final = ipaddress.IPv4Address("127.0.0.1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """What a URL answered."""

    status: int
    headers: Mapping[str, str]
    #: The beginning of the body, at most `size_max_bytes` of the rules.
    content: bytes = field(repr=False)


async def post(url: str, content: bytes, *, headers: Mapping[str, str], rules: FetchRules) -> Posted:
    """POST to a stranger's http or https URL. May be repeated as far as the receiver allows.

    Args:
        url: as the caller typed it.
        content: the body.
        headers: beside those that HTTP needs.
        rules: what the server allows; `redirects_max` has no meaning here.

    Raises:
        FetchRefused: the URL or where it leads is not allowed.
        FetchFailed: it did not answer in time, or not in HTTP.

    """
    try:
        async with asyncio.timeout(rules.total_s):
            place = read_place(url)
            addresses = await checked_addresses(place, rules)
            fixed = {
                "Host": place.authority,
                "User-Agent": _AGENT,
                "Accept-Encoding": "identity",
                "Connection": "close",
                "Content-Length": str(len(content)),
            }
            sent = [(name.encode(), value.encode()) for name, value in {**fixed, **headers}.items()]
            with network_problems():
                async with (
                    httpcore2.AsyncConnectionPool(
                        ssl_context=rules.tls, network_backend=Pinned(addresses, place.port)
                    ) as pool,
                    pool.stream(
                        "POST", place.target, headers=sent, content=content, extensions={"timeout": to_timeouts(rules)}
                    ) as response,
                ):
                    return Posted(
                        status=response.status,
                        headers=httpx2.Headers(response.headers),
                        content=await _beginning(response, rules.size_max_bytes),
                    )
    except TimeoutError as error:
        raise FetchFailed(f"The URL did not answer within {rules.total_s:g} s.") from error


def refuse_obvious(url: str, rules: FetchRules) -> None:
    """Refuse a URL that would be refused whenever it is used; names are not resolved. Pure.

    Raises:
        FetchRefused: its form, address or port is not allowed.

    """
    place = read_place(url)
    if not isinstance(place.host, str):
        check_addresses(place, [place.host], rules)
    elif place.host == "localhost" or place.host.endswith(".localhost"):
        check_addresses(place, [_LOOPBACK], rules)


async def _beginning(response: httpcore2.Response, size_max_bytes: int) -> bytes:
    content = bytearray()
    # Whatever goes wrong behind the head of an answer, its status has arrived.
    with contextlib.suppress(TimeoutError, httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError):
        async with asyncio.timeout(BODY_S):
            async for piece in response.aiter_stream():
                content += piece
                if len(content) >= size_max_bytes:
                    break
    return bytes(content[:size_max_bytes])
