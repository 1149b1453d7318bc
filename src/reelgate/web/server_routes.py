"""The routes of a server: every wire's, and the few that are reelgate's own: files, documents, readiness, an index."""

import uuid
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from reelgate.core.errors import ReelgateError
from reelgate.core.rehearsal import read_rehearsal
from reelgate.core.task import ArtifactKind
from reelgate.service.gateway import Gateway
from reelgate.store.tasks import find_artifact
from reelgate.web.auth import Authenticator
from reelgate.web.dialect import Dialect, route_of
from reelgate.web.files import ServedFile, make_files_route
from reelgate.web.limiter import Limiter
from reelgate.web.nearest import known_paths, nearest_path
from reelgate.web.openapi import document
from reelgate.web.pages import index_page, reference_page, wires_of

#: Where a path belongs to no wire, a real one is named only if it is this much like it.
_LIKENESS_MIN: Final = 0.3

#: A page is whole in itself: it may load nothing, run nothing and be shown in nobody's frame.
_PAGE_HEADERS: Final = {
    "Vary": "Accept",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def server_routes(
    dialects: Sequence[Dialect],
    gateway: Gateway,
    authenticator: Authenticator,
    limiter: Limiter,
    others: Sequence[BaseRoute] = (),
) -> list[BaseRoute]:
    """Return all routes: the wires', which are asked for most, then `others`, then those that end with every path."""

    async def find_file(artifact_id: uuid.UUID) -> ServedFile | None:
        return await _find_file(gateway, artifact_id)

    return [
        route_of(dialects, gateway, authenticator, limiter),
        *others,
        make_files_route(find=find_file, objects=gateway.objects, keys=gateway.link_keys, clock=gateway.clock),
        *_own_routes(dialects, gateway),
    ]


def _own_routes(dialects: Sequence[Dialect], gateway: Gateway) -> list[Route]:
    documents = {dialect.name: document(dialect, server_url=gateway.public_url) for dialect in dialects}
    wires = wires_of(dialects, gateway.public_url)
    listed = [
        {
            "wire": wire.name,
            "replaces": wire.replaces,
            "base_url": wire.base_url,
            "docs": f"{gateway.public_url}/docs/{wire.name}",
            "openapi": f"{gateway.public_url}/openapi/{wire.name}.json",
        }
        for wire in wires
    ]
    by_name = {dialect.name: dialect for dialect in dialects}
    drawn: dict[str, str] = {}

    async def ready(_: Request) -> Response:
        try:
            await gateway.database.fetchval("SELECT 1")
        except ReelgateError as error:
            return JSONResponse({"ready": False, "reason": error.code}, status_code=503)
        return JSONResponse({"ready": True})

    def draw(name: str) -> str:
        if name not in drawn:
            dialect = by_name.get(name)
            drawn[name] = (
                reference_page(dialect, documents[name], wires) if dialect else index_page(wires, gateway.public_url)
            )
        return drawn[name]

    async def index(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(draw(""), headers=_PAGE_HEADERS)
        return JSONResponse({"server": "reelgate", "wires": listed}, headers={"Vary": "Accept"})

    async def docs(request: Request) -> Response:
        name = request.path_params["name"]
        return (
            HTMLResponse(draw(name), headers=_PAGE_HEADERS) if name in by_name else _unknown("There is no such wire.")
        )

    async def openapi(request: Request) -> Response:
        found = documents.get(request.path_params["name"])
        return JSONResponse(found) if found else _unknown("There is no such wire.")

    known = known_paths(
        (each.method, each.path) for dialect in dialects for each in dialect.operations if each.documented
    )

    async def nothing(request: Request) -> Response:
        path = request.scope["path"]
        nearest = nearest_path(request.method, path, known, likeness_min=_LIKENESS_MIN)
        hint = f" The nearest is {nearest}." if nearest else ""
        return _unknown(f"There is no {path[:200]} here.{hint} GET / lists the wires.")

    return [
        Route("/openapi/{name}.json", openapi),
        Route("/docs/{name}", docs),
        Route("/docs", lambda _: RedirectResponse("/")),
        Route("/readyz", ready),
        Route("/", index),
        Route("/{rest:path}", nothing, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
    ]


def _unknown(message: str) -> Response:
    return JSONResponse({"error": {"code": "route_unknown", "message": message}}, status_code=404)


async def _find_file(gateway: Gateway, artifact_id: uuid.UUID) -> ServedFile | None:
    stored = await find_artifact(gateway.database, artifact_id)
    if stored is None:
        return None
    prompt = stored.rehearsing_prompt if stored.kind is ArtifactKind.VIDEO else None
    rehearsal = read_rehearsal(prompt) if prompt else None
    return ServedFile(
        object_key=stored.object_key,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        media_type=stored.media_type,
        file_name=stored.object_key.rpartition("/")[2],
        trouble=rehearsal.download if rehearsal else None,
    )
