"""The part of a server that answers HTTP."""

import contextlib
from collections.abc import AsyncIterator

from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp

from reelgate.app.gateway import open_core
from reelgate.app.tables import load_checkout, load_plans, load_proxies
from reelgate.app.wires import DIALECTS
from reelgate.service.gateway import Gateway
from reelgate.service.ledger_watch import LedgerWatch
from reelgate.settings import Settings
from reelgate.web.auth import Authenticator
from reelgate.web.credit_routes import credit_routes
from reelgate.web.limiter import Limiter
from reelgate.web.metrics import metrics_route
from reelgate.web.proxies import TrustedProxies
from reelgate.web.request_id import RequestIds
from reelgate.web.server_routes import server_routes
from reelgate.web.upkeep import Upkeep


def make_api(settings: Settings, dsn: str, public_url: str, *, guessed: bool = False) -> ASGIApp:
    """Return the ASGI application with every wire; it opens what it needs when the server starts it.

    Where `public_url` is only guessed, a trusted proxy knows better.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        async with open_core(settings, dsn, public_url) as core:
            database = core.gateway.database
            authenticator, limiter = Authenticator(database, load_plans(settings), core.gateway.clock), Limiter()
            upkeep = Upkeep(database, limiter, authenticator)
            core.changes.on_key(authenticator.forget)
            core.changes.on_use(upkeep.hear)
            core.changes.on_hearing(lambda hearing: authenticator.set_hearing(hearing=hearing))
            await core.changes.start()
            upkeep.start()
            watch = LedgerWatch(database, core.gateway.clock)
            router.routes.extend(all_routes(settings, core.gateway, authenticator, limiter, watch))
            try:
                yield
            finally:
                await watch.close()
                await upkeep.close()
                await core.changes.close()

    # No Starlette around it: every endpoint answers its own errors, and its layers cost a poll a tenth of its time.
    router = Router(lifespan=lifespan)
    api = RequestIds(router)
    networks = load_proxies(settings)
    return TrustedProxies(api, networks, origins=guessed) if networks else api


def all_routes(
    settings: Settings, gateway: Gateway, authenticator: Authenticator, limiter: Limiter, watch: LedgerWatch
) -> list[BaseRoute]:
    """Return everything that a server answers to."""
    others = [
        *credit_routes(gateway, authenticator, limiter, load_checkout(settings)),
        metrics_route(watch, settings.metrics_token),
    ]
    return server_routes(DIALECTS, gateway, authenticator, limiter, others)
