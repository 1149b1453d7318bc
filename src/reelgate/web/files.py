"""Serves stored files behind signed links: GET and HEAD, ranges, entity tags, downloads, in constant memory.

Holds no state and knows no task: `app` gives it the function that finds an artifact. Errors tell as little as they can.
"""

import contextlib
import re
import urllib.parse
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Send

from reelgate.core.errors import StorageUnavailable
from reelgate.core.ports import Clock
from reelgate.core.rehearsal import Download
from reelgate.objects.links import LinkExpired, LinkInvalid, LinkKeys, check_link
from reelgate.objects.store import ObjectStore
from reelgate.web.ranges import RangeUnsatisfiable, names_tag, read_range
from reelgate.web.trouble import HungUp, troubled

#: Where files are served; links are made for it.
FILES_PATH: Final = "/files/{artifact_id}/{file_name}"

#: Browsers may keep a file for as long as its link works, a day at most.
_CACHE_MAX_S: Final = 86_400
#: Characters that an unquoted reader of a file name might trip over.
_AWKWARD: Final = re.compile(r"[^A-Za-z0-9 !#$&+.^_`|~()\[\]{}@,;=-]")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedFile:
    """A file as it is stored and shown."""

    object_key: str
    size_bytes: int
    #: Lower-case hex.
    sha256: str
    media_type: str
    #: The name under which it is saved.
    file_name: str
    #: What its task has rehearsed for whoever fetches it.
    trouble: Download | None = None


FindFile = Callable[[uuid.UUID], Awaitable[ServedFile | None]]


def make_files_route(*, find: FindFile, objects: ObjectStore, keys: LinkKeys, clock: Clock) -> Route:
    """Return the route that serves files.

    Args:
        find: returns the file of an artifact, or None when there is none any more.
        objects: where the files are.
        keys: what links are signed with.
        clock: tells when links expire.

    """

    async def serve(request: Request) -> Response:
        now_s = clock().timestamp()
        try:
            expires_s = check_link(request.scope["path"], request.query_params, now_s=now_s, keys=keys)
            artifact_id = uuid.UUID(request.path_params["artifact_id"])
        except (LinkInvalid, ValueError):
            return _refuse(403, "link_invalid", "This link is not valid.")
        except LinkExpired:
            return _refuse(410, "link_expired", "This link has expired.")
        file = await find(artifact_id)
        if file is None:
            return _refuse(404, "file_unknown", "This file does not exist any more.")
        headers = _link_headers(expires_s - now_s)
        try:
            return await serve_file(
                request, file, objects, headers=headers, download=request.query_params.get("download") == "1"
            )
        except RangeUnsatisfiable:
            words = range_headers(file)
            return _refuse(416, "range_unsatisfiable", "The file has no such range.", words)
        except StorageUnavailable:
            return _refuse(503, "storage_unavailable", "The file cannot be read right now.", {"Retry-After": "5"})

    return Route(FILES_PATH, serve, methods=["GET", "HEAD"])


async def serve_file(
    request: Request,
    file: ServedFile,
    objects: ObjectStore,
    *,
    headers: Mapping[str, str],
    download: bool = False,
) -> Response:
    """Answer a GET or HEAD with a file: ranges, entity tags, constant memory; who may have it was found out before.

    Args:
        request: whose method, Range, If-Range and If-None-Match count.
        file: what is served.
        objects: where it is.
        headers: what the answer says beyond the file, caching above all.
        download: whether browsers save it rather than show it.

    Raises:
        RangeUnsatisfiable: no byte of the file is in the range; `range_headers` belong to the answer.
        StorageUnavailable: it cannot be read.

    """
    headers = _file_headers(file, download=download) | dict(headers)
    if names_tag(request.headers.get("if-none-match"), headers["ETag"]):
        kept = {name: value for name, value in headers.items() if name not in {"Content-Type", "Content-Disposition"}}
        return Response(status_code=304, headers=kept)
    if request.method == "HEAD":
        return Response(headers=headers | {"Content-Length": str(file.size_bytes)})
    status, start, end = 200, 0, file.size_bytes
    # A range of another version than the one that the client holds would spoil its copy.
    if request.headers.get("if-range", headers["ETag"]) == headers["ETag"]:
        part = read_range(request.headers.get("range"), file.size_bytes)
        if part is not None:
            status, (start, end) = 206, part
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size_bytes}"
    headers["Content-Length"] = str(end - start)
    pieces = objects.read(file.object_key, start, end)
    if file.trouble:
        pieces = troubled(pieces, file.trouble, end - start)
    # The first piece is read before the status is sent, so that a missing file can still be told.
    first = await anext(pieces, b"")
    return Streamed(first, pieces, status, headers)


class Streamed(StreamingResponse):
    """Sends pieces, and closes their source as soon as the client is gone."""

    def __init__(
        self, first: bytes, pieces: AsyncGenerator[bytes, None], status: int, headers: Mapping[str, str]
    ) -> None:
        self._pieces = pieces
        super().__init__(_chain(first, pieces), status, headers)

    async def stream_response(self, send: Send) -> None:
        """Send them all, or as many as the client takes."""
        # A connection that breaks as rehearsed ends here: the server closes what was not sent whole.
        async with contextlib.aclosing(self._pieces):
            with contextlib.suppress(HungUp):
                await super().stream_response(send)


async def _chain(first: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


def range_headers(file: ServedFile) -> dict[str, str]:
    """Return what an answer that refuses a range says about the file. Pure."""
    return {"Content-Range": f"bytes */{file.size_bytes}", "Accept-Ranges": "bytes"}


def _file_headers(file: ServedFile, *, download: bool) -> dict[str, str]:
    return {
        "Content-Type": file.media_type,
        "Content-Disposition": write_disposition(file.file_name, download=download),
        "ETag": f'"{file.sha256}"',
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }


def _link_headers(remaining_s: float) -> dict[str, str]:
    return {
        "Cache-Control": f"private, max-age={min(int(remaining_s), _CACHE_MAX_S)}, immutable",
        # The link itself is the permission, so pages of any origin may show the file and read it.
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def write_disposition(file_name: str, *, download: bool) -> str:
    """Return a Content-Disposition header: with a plain name, and by RFC 6266 the true one where that differs. Pure."""
    kind = "attachment" if download else "inline"
    plain = _AWKWARD.sub("_", file_name)
    value = f'{kind}; filename="{plain}"'
    return value if plain == file_name else f"{value}; filename*=UTF-8''{urllib.parse.quote(file_name, safe='')}"


def _refuse(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    body = {"error": {"code": code, "message": message}}
    return JSONResponse(
        body, status, {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"} | dict(headers or {})
    )
