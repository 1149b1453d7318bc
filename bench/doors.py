"""What the key check and the limits of requests add to a poll: the same answer behind them, and open to anyone.

In one process, without sockets: what is measured is processor time. Both are asked in turn; the figure is the
difference of medians. Run it: python bench/doors.py [--quick] [--json PATH].
"""

import asyncio
import os
import time
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import msgspec
from starlette.routing import Router
from starlette.types import ASGIApp, Message

from reelgate.core.ids import new_key
from reelgate.core.plans import Plan, Plans
from reelgate.dialects.veo4api.routes import DIALECT
from reelgate.kit.clock import now
from reelgate.store.database import Database
from reelgate.store.statements import ACCOUNTS
from reelgate.web.auth import Authenticator
from reelgate.web.dialect import Call, Operation, WireAnswer, route_of
from reelgate.web.limiter import Limiter
from report import Line, Report, finish, median, options

if TYPE_CHECKING:
    from reelgate.service.gateway import Gateway

GOAL_US = 30.0
GUARDED, OPEN = "/api/video/veo4/guarded", "/api/video/veo4/open"
PLANS = Plans(default=Plan(name="usual", requests_per_minute=1_000_000_000))


class OneKey(Database):
    """Knows one key, of an account with a limit and with a limit of its own besides."""

    def __init__(self) -> None:
        self.asked = 0

    async def fetchrow(self, sql: str, *_arguments: object) -> Any:
        """Answer with the key."""
        assert sql == ACCOUNTS["find_key"]
        self.asked += 1
        return {
            "id": uuid.UUID(int=1), "account_id": uuid.UUID(int=2), "spends_as": None, "name": "bench",
            "scopes": ["read"],
            "models": None, "expires_at": None, "requests_per_minute": 1_000_000_000, "plan": None, "available": 0,
        }  # fmt: skip


def run(*, quick: bool) -> Report:
    """Measure rounds of both in turn."""
    return asyncio.run(_measure(rounds=7 if quick else 25, requests=2_000 if quick else 5_000))


async def _measure(rounds: int, requests: int) -> Report:
    database, key = OneKey(), new_key(os.urandom(32))
    authenticator = Authenticator(database, PLANS)
    authenticator.set_hearing(hearing=True)
    operations = tuple(
        Operation(method="GET", path=path, handler=_answer, summary="", status=200, answer=None, public=path == OPEN)
        for path in (GUARDED, OPEN)
    )
    gateway = cast("Gateway", SimpleNamespace(clock=now))
    app = Router(routes=[route_of([replace(DIALECT, operations=operations)], gateway, authenticator, Limiter())])
    found: dict[str, list[float]] = {GUARDED: [], OPEN: []}
    for number in range(rounds + 1):
        for path, times in found.items():
            took_us = await _time_us(app, path, key, requests)
            if number:
                times.append(took_us)
    assert database.asked == 1
    guarded_us, open_us = median(found[GUARDED]), median(found[OPEN])
    added_us = guarded_us - open_us
    line = Line(
        what="key check and limits of requests add to a poll",
        figure=f"{added_us:.1f} us",
        peer=f"{guarded_us:.1f} us with, {open_us:.1f} us without",
        goal=f"<= {GOAL_US:.0f} us",
        met=added_us <= GOAL_US,
    )
    return Report(lines=[line], details={"doors_us": found})


async def _answer(_call: Call) -> WireAnswer:
    return WireAnswer(status=200, body=msgspec.Raw(b"{}"))


async def _time_us(app: ASGIApp, path: str, key: str, requests: int) -> float:
    """Return the processor time of a request, in microseconds."""
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"accept", b"*/*"), (b"authorization", f"Bearer {key}".encode())]
    began = time.process_time()
    for _ in range(requests):
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
            "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
            "scheme": "http", "http_version": "1.1",
        }  # fmt: skip
        await app(scope, receive, send)
    took_us = (time.process_time() - began) / requests * 1e6
    assert all(answer.get("status", 200) == 200 for answer in answers), answers[0]
    return took_us


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
