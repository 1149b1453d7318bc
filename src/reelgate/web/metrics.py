"""`GET /metrics` in Prometheus's text format, for the machine itself or for whoever has the token."""

import hmac
import ipaddress
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from reelgate.service.ledger_watch import LedgerWatch, Proof
from reelgate.web.auth import bearer_token


def metrics_route(watch: LedgerWatch, token: str | None) -> Route:
    """Return the route."""

    async def metrics(request: Request) -> Response:
        if not _may_look(request, token):
            return PlainTextResponse("Not for you.\n", status_code=403)
        registry = CollectorRegistry()
        registry.register(_Once(await watch.look()))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", metrics)


def _may_look(request: Request, token: str | None) -> bool:
    if token is not None:
        shown = bearer_token(request.headers.get("authorization")) or ""
        return hmac.compare_digest(shown.encode(), token.encode())
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _Once(Collector):
    """The metrics of one scrape."""

    def __init__(self, proof: Proof | None) -> None:
        self._proof = proof

    def collect(self) -> Iterator[Metric]:
        """Return what the last proof has found."""
        if self._proof is None:
            return
        name, words = "reelgate_ledger_breaches", "Rows that break an invariant of the ledger."
        breaches = GaugeMetricFamily(name, words, labels=["invariant"])
        for invariant, count in self._proof.breaches.items():
            breaches.add_metric([invariant], count)
        yield breaches
        yield GaugeMetricFamily(
            "reelgate_ledger_proved_timestamp_seconds",
            "When the ledger was proved last.",
            value=self._proof.proved_at.timestamp(),
        )
