"""The ledger's proof as a metric."""

import datetime as dt

import httpx2
from starlette.applications import Starlette

from fakes import open_account
from reelgate.service.ledger_watch import PROVE_EVERY, LedgerWatch
from reelgate.store.database import Database
from reelgate.store.verify import invariants
from reelgate.web.metrics import metrics_route


async def test_a_broken_ledger_is_seen_from_outside(dsn: str, now: dt.datetime) -> None:
    """Each invariant has its number; the ledger is not read again for every scrape."""
    database = await Database.open(dsn)
    await open_account(database, 5)
    moments = [now]
    watch = LedgerWatch(database, lambda: moments[-1])
    app = Starlette(routes=[metrics_route(watch, None)])
    transport = httpx2.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        sound = (await client.get("/metrics")).text
        assert all(f'reelgate_ledger_breaches{{invariant="{name}"}} 0.0' in sound for name in invariants())
        await database.fetch("UPDATE balances SET available = available + 1")
        assert (await client.get("/metrics")).text == sound
        moments.append(now + PROVE_EVERY)
        assert 'reelgate_ledger_breaches{invariant="L2"} 1.0' in (await client.get("/metrics")).text
    await watch.close()
    await database.close()


async def test_metrics_are_not_for_everybody(database: Database, now: dt.datetime) -> None:
    """Without a token for the machine itself, with one for whoever has it."""
    watch = LedgerWatch(database, lambda: now)
    for token, host, shown, status in (
        (None, "203.0.113.5", "", 403),
        (None, "not an address", "", 403),
        (None, "::1", "", 200),
        ("secret", "127.0.0.1", "", 403),
        ("secret", "127.0.0.1", "Bearer wrong", 403),
        ("secret", "203.0.113.5", "Bearer secret", 200),
    ):
        app = Starlette(routes=[metrics_route(watch, token)])
        transport = httpx2.ASGITransport(app=app, client=(host, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/metrics", headers={"authorization": shown})).status_code == status
