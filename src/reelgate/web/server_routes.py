"""The routes of a server: every wire's, and the few that are reelgate's own: files, documents, readiness, an index."""

import uuid
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reelgate.core.errors import ReelgateError
from reelgate.service.gateway import Gateway
from reelgate.store.tasks import find_artifact
from reelgate.web.auth import Authenticator
from reelgate.web.dialect import Dialect, routes_of
from reelgate.web.files import ServedFile, make_files_route
from reelgate.web.nearest import known_paths, nearest_path
from reelgate.web.openapi import document

#: Where a path belongs to no wire, a real one is named only if it is this much like it.
_LIKENESS_MIN: Final = 0.3


def server_routes(dialects: Sequence[Dialect], gateway: Gateway, authenticator: Authenticator) -> list[Route]:
    """Return all routes; of two dialects that share a prefix, the one with the longer paths stands first."""

    async def find_file(artifact_id: uuid.UUID) -> ServedFile | None:
        return await _find_file(gateway, artifact_id)

    return [
        *(route for dialect in dialects for route in routes_of(dialect, gateway, authenticator)),
        make_files_route(find=find_file, objects=gateway.objects, keys=gateway.link_keys, clock=gateway.clock),
        *_own_routes(dialects, gateway),
    ]


def _own_routes(dialects: Sequence[Dialect], gateway: Gateway) -> list[Route]:
    documents = {dialect.name: document(dialect, server_url=gateway.public_url) for dialect in dialects}
    wires = [
        {
            "wire": dialect.name,
            "replaces": dialect.replaces,
            "base_url": gateway.public_url,
            "openapi": f"{gateway.public_url}/openapi/{dialect.name}.json",
        }
        for dialect in dialects
    ]

    async def ready(_: Request) -> Response:
        try:
            await gateway.database.fetchval("SELECT 1")
        except ReelgateError as error:
            return JSONResponse({"ready": False, "reason": error.code}, status_code=503)
        return JSONResponse({"ready": True})

    async def index(_: Request) -> Response:
        return JSONResponse({"server": "reelgate", "wires": wires})

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
    return ServedFile(
        object_key=stored.object_key,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        media_type=stored.media_type,
        file_name=stored.object_key.rpartition("/")[2],
    )
