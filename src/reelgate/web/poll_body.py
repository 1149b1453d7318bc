"""Reads the bodies of polls: clients that poll by POST send the same few bytes again and again.

Called by dialects of wires that poll so. Reads what `web.body` and `web.fields` would, once for all that is equal.
"""

from functools import lru_cache
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request

from reelgate.web.body import read_json, to_json_object
from reelgate.web.fields import read_fields

#: Bodies that are remembered; a poll's is below two hundred bytes.
BODIES_MAX: Final = 2048
BODY_KEPT_MAX_BYTES: Final = 512

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


async def read_poll(request: Request, kind: type[_Struct]) -> _Struct:
    """Return the struct of a request's JSON object; a frozen one, as requests with equal bodies share it.

    Raises:
        ContentTypeUnsupported: the request says that it is something else.
        BodyTooLarge: it has more bytes than any body may have.
        BodyMalformed: it is not UTF-8, not JSON, or not an object.
        FieldsInvalid: fields are missing, have a wrong type or break a limit; all are named.

    """
    content = await read_json(request)
    read = _read_once if len(content) <= BODY_KEPT_MAX_BYTES else _read
    found: _Struct = read(kind, content)
    return found


def _read(kind: type[_Struct], content: bytes) -> _Struct:
    return read_fields(kind, to_json_object(content))


_read_once: Final = lru_cache(BODIES_MAX)(_read)
