"""The one sender of calls to upstreams: connects, waits, reads, within limits. It knows no engine and decides nothing.

Calls go where the operator's settings point, so private addresses are fine; what an upstream's answer points at goes
through `kit.fetch`, which checks addresses and redirects. Redirects are not followed here, and neither proxies nor
anything else comes from the environment. `worker.remote` and `worker.collect` are the callers.

SendProblem             str(error) names no secret
├── NotSent             the upstream has certainly not taken the call in
└── ReplyLost           it may have
    └── ReplyTooLarge
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Final, Self

import httpx2

from reelgate.core.upstream import HttpCall, HttpReply

#: Between two pieces of an answer.
READ_S: Final = 30.0
CONNECT_S: Final = 5.0
CONNECTIONS_MAX: Final = 64
#: Answers above this, which hold videos, are read few at a time.
LARGE_BYTES: Final = 1 << 20
LARGE_AT_ONCE_MAX: Final = 2
_AGENT: Final = "reelgate"


class SendProblem(Exception):
    """A call brought no answer."""


class NotSent(SendProblem):
    """The upstream was not reached."""


class ReplyLost(SendProblem):
    """The upstream was reached, and its answer was not."""


class ReplyTooLarge(ReplyLost):
    """The answer is larger than its call allows."""


class Sender:
    """Sends calls over a pool of connections; close it with `close`."""

    def __init__(self) -> None:
        self._opened: httpx2.AsyncClient | None = None
        self._large = asyncio.Semaphore(LARGE_AT_ONCE_MAX)

    async def __aenter__(self) -> Self:
        """Nothing is opened before the first call."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close every connection."""
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._opened:
            await self._opened.aclose()

    @property
    def _client(self) -> httpx2.AsyncClient:
        # Not before the first call: loading certificates takes a while.
        if self._opened is None:
            self._opened = httpx2.AsyncClient(
                trust_env=False,
                follow_redirects=False,
                headers={"user-agent": _AGENT, "accept-encoding": "identity"},
                timeout=httpx2.Timeout(READ_S, connect=CONNECT_S, pool=READ_S),
                limits=httpx2.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX),
            )
        return self._opened

    async def send(self, call: HttpCall, access: Mapping[str, str]) -> HttpReply:
        """Send a call with the headers that authorise it, and read the whole answer, whatever its status.

        Raises:
            NotSent: the call may be repeated.
            ReplyLost, ReplyTooLarge: what the upstream did is not known.

        """
        async with self.stream(call, access) as (status, headers, pieces):
            content = bytearray()
            async with contextlib.AsyncExitStack() as room:
                async for piece in pieces:
                    if len(content) <= LARGE_BYTES < len(content) + len(piece):
                        await room.enter_async_context(self._large)
                    content += piece
                return HttpReply(status=status, headers=headers, body=bytes(content))

    @contextlib.asynccontextmanager
    async def stream(
        self, call: HttpCall, access: Mapping[str, str]
    ) -> AsyncIterator[tuple[int, Mapping[str, str], AsyncIterator[bytes]]]:
        """Send a call and lend the answer's status, headers and pieces; errors as of `send`."""
        try:
            request = self._client.build_request(
                call.method, call.url, headers={**call.headers, **access}, content=call.body
            )
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, ValueError) as error:
            raise NotSent("The upstream's address is not valid.") from error
        try:
            async with asyncio.timeout(call.total_s):
                response = await self._client.send(request, stream=True)
                try:
                    headers = {name.lower(): value for name, value in response.headers.items()}
                    yield response.status_code, headers, _pieces(response, call.reply_max_bytes)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise ReplyLost(f"The upstream did not answer within {call.total_s:g} s.") from error
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol) as error:
            raise NotSent("The upstream cannot be reached.") from error
        except (httpx2.TransportError, httpx2.StreamError) as error:
            raise ReplyLost("The upstream hung up before its answer was whole.") from error


async def _pieces(response: httpx2.Response, size_max_bytes: int) -> AsyncIterator[bytes]:
    claimed = response.headers.get("content-length", "")
    if claimed.isdecimal() and int(claimed) > size_max_bytes:
        raise ReplyTooLarge(f"The upstream's answer has more than {size_max_bytes:,} bytes.")
    size = 0
    async for piece in response.aiter_raw():
        size += len(piece)
        if size > size_max_bytes:
            raise ReplyTooLarge(f"The upstream's answer has more than {size_max_bytes:,} bytes.")
        yield piece
