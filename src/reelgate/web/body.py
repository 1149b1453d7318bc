"""Read request bodies: JSON objects and forms, never more than the server is willing to hold.

A body that says it is too large is refused before it is read; one that turns out to be, while it is read.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from reelgate.core.errors import BodyMalformed, BodyTooLarge, ContentTypeUnsupported
from reelgate.web.fingerprint import ONCE_HEADER, note_body

#: Room for the largest picture as base64, with what surrounds it.
BODY_MAX_BYTES: Final = 32 * 1024 * 1024
FORM_FIELDS_MAX: Final = 50
FORM_FILES_MAX: Final = 5
FORM_TEXT_MAX_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class FormFile:
    """A file of a form."""

    content: bytes
    file_name: str | None
    media_type: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A form that was read: its texts and its files, by field."""

    texts: Mapping[str, str]
    files: Mapping[str, FormFile]
    #: Every text and file as it came, those that stand twice included.
    parts: Sequence[tuple[str, str | FormFile]] = ()


async def read_json_object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request; an empty body is an empty object, so that what it lacks is named.

    Raises:
        ContentTypeUnsupported: the request says that it is something else.
        BodyTooLarge: it has more than `BODY_MAX_BYTES` bytes.
        BodyMalformed: it is not UTF-8, not JSON, or not an object.

    """
    tree = to_json_object(await read_json(request))
    if ONCE_HEADER in request.headers:
        # Sorted, so that a client may write the same body in another order.
        note_body(request, [msgspec.json.encode(tree, order="sorted")])
    return tree


async def read_json(request: Request) -> bytes:
    """Return the body of a request that does not say it is anything but JSON.

    Raises:
        ContentTypeUnsupported: the request says that it is something else.
        BodyTooLarge: it has more than `BODY_MAX_BYTES` bytes.
        BodyMalformed: the client went away in the middle.

    """
    media_type = _media_type(request)
    # Clients that leave the header out mean JSON; curl -d sends a form's type for it.
    if media_type and media_type not in ("application/json", "text/json") and not media_type.endswith("+json"):
        raise ContentTypeUnsupported(f"Send the body as application/json, not {media_type[:100]}.")
    return await read_body(request)


def to_json_object(content: bytes) -> dict[str, Any]:
    """Return the JSON object that a body is; an empty one is an empty object. Pure.

    Raises:
        BodyMalformed: it is not UTF-8, not JSON, or not an object.

    """
    try:
        tree = msgspec.json.decode(content) if content else {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyMalformed(f"The body is not valid JSON: {_reason(error)}.") from error
    except RecursionError as error:
        raise BodyMalformed("The body is not valid JSON: it is nested too deeply.") from error
    if not isinstance(tree, dict):
        raise BodyMalformed("The body must be a JSON object.")
    return tree


async def read_form(request: Request, *, text_max_bytes: int = FORM_TEXT_MAX_BYTES) -> Form:
    """Return the multipart form of a request; of fields that stand twice, the last counts.

    Raises:
        ContentTypeUnsupported: the request is not multipart/form-data.
        BodyTooLarge: it has more than `BODY_MAX_BYTES` bytes.
        BodyMalformed: it cannot be parsed, or a text of it is not UTF-8 or has more than `text_max_bytes` bytes.

    """
    media_type = _media_type(request)
    if media_type != "multipart/form-data":
        raise ContentTypeUnsupported(
            f"Send the body as multipart/form-data, not {media_type[:100] or 'without a type'}."
        )
    try:
        async with aclosing(Request(request.scope, _Limited(request).receive).stream()) as stream:
            form = await _parser(request, stream, text_max_bytes).parse()
    except MultiPartException as error:
        raise BodyMalformed("The body is not a valid multipart form.") from error
    try:
        read = await _form_from(form)
    finally:
        await form.close()
    if ONCE_HEADER in request.headers:
        # Part by part: each time that a client sends a form, it chooses another boundary.
        note_body(request, (piece for name, part in read.parts for piece in _pieces(name, part)))
    return read


def _pieces(name: str, part: str | FormFile) -> Sequence[bytes]:
    if isinstance(part, str):
        return (b"text", name.encode(), part.encode())
    return (b"file", name.encode(), (part.file_name or "").encode(), part.content)


class _Parser(MultiPartParser):
    """Refuses a form that was cut off: without its last part, what is made might lack the picture that was sent."""

    ended = False

    def on_end(self) -> None:
        """Note that the last boundary came."""
        self.ended = True

    async def parse(self) -> FormData:
        """Read the whole form."""
        self.stream = self._whole(self.stream)
        return await super().parse()

    async def _whole(self, stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        try:
            async for piece in stream:
                yield piece
        except ClientDisconnect as error:
            raise MultiPartException("The client went away.") from error
        if not self.ended:
            raise MultiPartException("The form ended early.")


def _parser(request: Request, stream: AsyncGenerator[bytes, None], text_max_bytes: int) -> _Parser:
    # Starlette's own request.form() answers a broken form by itself, outside of any dialect, and reads a text that is
    # not UTF-8 as Latin-1. Told that everything is Latin-1 the parser keeps each byte, and `_utf8` can be strict.
    content_type = f"{request.headers['content-type']}; charset=latin-1"
    return _Parser(
        Headers({"content-type": content_type}),
        stream,
        max_files=FORM_FILES_MAX,
        max_fields=FORM_FIELDS_MAX,
        max_part_size=text_max_bytes,
    )


async def _form_from(form: FormData) -> Form:
    parts: list[tuple[str, str | FormFile]] = []
    for key, value in form.multi_items():
        name = _utf8(key)
        if isinstance(value, UploadFile):
            content = await value.read()
            file_name = None if value.filename is None else _utf8(value.filename)
            parts.append((name, FormFile(content=content, file_name=file_name, media_type=value.content_type)))
        else:
            parts.append((name, _utf8(value)))
    return Form(
        texts={name: part for name, part in parts if isinstance(part, str)},
        files={name: part for name, part in parts if isinstance(part, FormFile)},
        parts=parts,
    )


def _utf8(text: str) -> str:
    try:
        return text.encode("latin-1").decode()
    except UnicodeError as error:
        raise BodyMalformed("The body is not a valid multipart form: a text in it is not UTF-8.") from error


async def read_body(request: Request) -> bytes:
    """Return the body of a request, which can be read once.

    Raises:
        BodyTooLarge: it has more than `BODY_MAX_BYTES` bytes.
        BodyMalformed: the client went away in the middle.

    """
    _refuse_declared(request)
    receive = request.receive
    pieces: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyMalformed("The body ended early.")
        piece = message.get("body", b"")
        size += len(piece)
        if size > BODY_MAX_BYTES:
            raise BodyTooLarge(_TOO_LARGE)
        pieces.append(piece)
        more = message.get("more_body", False)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Limited:
    """Passes a request's messages on until its body grows too large."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._left = BODY_MAX_BYTES
        _refuse_declared(request)

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLarge(_TOO_LARGE)
        return message


_TOO_LARGE: Final = f"The body may have at most {BODY_MAX_BYTES:,} bytes."


def _refuse_declared(request: Request) -> None:
    """Refuse a body that says it is too large."""
    declared = request.headers.get("content-length", "0")
    # A number of thousands of digits is not even read as one.
    if not (declared.isascii() and declared.isdigit() and len(declared) < 20) or int(declared) > BODY_MAX_BYTES:
        raise BodyTooLarge(_TOO_LARGE)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return str(error).rstrip(".")[:200]
