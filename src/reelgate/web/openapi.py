"""A dialect's OpenAPI 3.1 document, drawn from its operations and structs. Pure; called by `app` and by tests.

It says nothing that a dialect does not say elsewhere: paths and statuses are the operations', names, types, limits and
descriptions are the structs'. A 405 is in no operation, as OpenAPI has no place for the methods that a path lacks.
"""

import datetime as dt
import http
import importlib.metadata
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from reelgate.core.errors import KeyForbidden, OnceKeyReused, ReelgateError
from reelgate.core.once import ONCE_KEY_MAX_CHARS
from reelgate.web.dialect import Dialect, Operation

_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"
_REF: Final = "#/components/schemas/{name}"

#: What every operation can answer: no key, too many requests, a fault, no database.
_ERRORS: Final = frozenset({401, 429, 500, 503})
#: And those that read fields, or a body.
_FIELD_ERRORS: Final = frozenset({400})
_BODY_ERRORS: Final = frozenset({400, 413, 415})

#: What a schema says about a field rather than about its values.
_NOTES: Final = frozenset({"description", "default", "examples"})
_NULL: Final[Mapping[str, Any]] = {"type": "null"}

#: Errors are made for the statuses that their tables give them.
_NO_ID: Final = uuid.UUID(int=0)
_NO_TIME: Final = dt.datetime.fromtimestamp(0, dt.UTC)

_HEADERS: Final[Mapping[int, Mapping[str, Any]]] = {
    429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
}


def document(dialect: Dialect, *, server_url: str) -> dict[str, Any]:
    """Return the OpenAPI document of a dialect as it is served at `server_url` (scheme, host and port)."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in filter(_is_documented, dialect.operations):
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(dialect, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": dialect.title,
            "description": f"Served by reelgate in place of {dialect.replaces}.",
            "version": importlib.metadata.version("reelgate"),
        },
        "servers": [{"url": server_url}],
        "security": [{name: []} for name in dialect.security],
        "paths": paths,
        "components": {"schemas": _components(dialect), "securitySchemes": dict(dialect.security)},
    }


def _is_documented(operation: Operation) -> bool:
    return operation.documented


def _operation(dialect: Dialect, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.operation_id or _operation_id(dialect, operation),
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_once_parameters(operation)],
    }
    if operation.public:
        described["security"] = []
    if operation.body:
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {operation.body_media_type: _body(operation, operation.body)},
        }
        if operation.form:
            described["requestBody"]["content"][_FORM] = _form(operation, operation.form)
    described["responses"] = {
        **_successes(operation),
        **{
            str(status): _response(status, dialect.error_bodies[status])
            for status in sorted(_statuses(dialect, operation))
        },
    }
    return described


def _operation_id(dialect: Dialect, operation: Operation) -> str:
    """Return the method and the words of the path that tell the operation from others: "postTextToVideo"."""
    path = operation.path
    for prefix in dialect.prefixes:
        path = path.removeprefix(prefix)
    words = re.findall(r"[a-z0-9]+", re.sub(r"\{[^}]*\}", "", path), re.IGNORECASE)
    return operation.method.lower() + "".join(word[0].upper() + word[1:] for word in words)


def _statuses(dialect: Dialect, operation: Operation) -> frozenset[int]:
    reads = (_BODY_ERRORS if operation.body else frozenset()) | (_FIELD_ERRORS if operation.query else frozenset())
    unknown_key = {401} if operation.public else set()
    known: list[ReelgateError] = [] if operation.public else [KeyForbidden("")]
    known += [OnceKeyReused(_NO_ID)] if operation.creates else []
    answered = {dialect.error_answer(error, _NO_TIME).status for error in known}
    return (_ERRORS - unknown_key) | reads | answered | frozenset(operation.errors)


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)[^}]*\}", operation.path)
    ]


def _once_parameters(operation: Operation) -> list[dict[str, Any]]:
    if not operation.creates:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": ONCE_KEY_MAX_CHARS, "pattern": "^[!-~]+$"}
    described = "Makes one task of this request, however often it is sent within 24 hours."
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "description": described, "schema": schema}]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = _schemas([operation.query])[operation.query.__name__]
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": part}
        for name, part in _fields(schema, null=False).items()
    ]


def _body(operation: Operation, kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the media type object of a request: a reference for JSON, the fields and the files of a form."""
    if operation.body_media_type == _JSON:
        return {"schema": {"$ref": _REF.format(name=kind.__name__)}}
    return _form(operation, kind)


def _form(operation: Operation, kind: type[msgspec.Struct]) -> dict[str, Any]:
    schema = _schemas([kind])[kind.__name__]
    files = {
        name: {"type": "string", "format": "binary", "description": description}
        for name, description in operation.files.items()
    }
    return {
        "schema": {
            **schema,
            "properties": _fields(schema, null=False) | files,
            "required": [*schema.get("required", ()), *(files if operation.files_required else ())],
        },
        "encoding": {name: {"contentType": ", ".join(operation.file_media_types)} for name in files},
    }


def _successes(operation: Operation) -> dict[str, Any]:
    if operation.answer:
        return {str(operation.status): _response(operation.status, operation.answer, *operation.other_answers)}
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in operation.answer_media_types}
    whole_or_part = {
        str(status): {"description": http.HTTPStatus(status).phrase, "content": content}
        for status in (operation.status, http.HTTPStatus.PARTIAL_CONTENT.value)
    }
    return whole_or_part | {"304": {"description": http.HTTPStatus.NOT_MODIFIED.phrase}}


def _response(status: int, *kinds: type[msgspec.Struct] | None) -> dict[str, Any]:
    schemas = [{"$ref": _REF.format(name=kind.__name__)} if kind else dict(_NULL) for kind in kinds]
    response: dict[str, Any] = {
        "description": http.HTTPStatus(status).phrase,
        "content": {_JSON: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}},
    }
    if status in _HEADERS:
        response["headers"] = dict(_HEADERS[status])
    return response


def _components(dialect: Dialect) -> dict[str, Any]:
    answers: set[type[msgspec.Struct]] = set()
    bodies: set[type[msgspec.Struct]] = set()
    for operation in filter(_is_documented, dialect.operations):
        if operation.answer:
            answers.add(operation.answer)
        answers.update(kind for kind in operation.other_answers if kind)
        answers.update(dialect.error_bodies[status] for status in _statuses(dialect, operation))
        if operation.body and operation.body_media_type == _JSON:
            bodies.add(operation.body)
    schemas = _schemas(answers | bodies)
    for body in bodies:
        schema = schemas[body.__name__]
        schemas[body.__name__] = {**schema, "properties": _fields(schema, null=True)}
    return dict(sorted(schemas.items()))


def _schemas(kinds: Iterable[type[msgspec.Struct]]) -> dict[str, Any]:
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    return components


def _fields(schema: Mapping[str, Any], *, null: bool) -> dict[str, Any]:
    """Return the properties of a request, with or without null for those that are optional.

    In JSON, `read_fields` takes null for a field that is left out; a form and a query have no null.
    """
    required = schema.get("required", ())
    return {name: _field(part, null=null and name not in required) for name, part in schema["properties"].items()}


def _field(part: Mapping[str, Any], *, null: bool) -> dict[str, Any]:
    notes = {key: value for key, value in part.items() if key in _NOTES and (key, value) != ("default", None)}
    values = [value for value in part.get("anyOf", [part]) if value != _NULL]
    if len(values) == 1:
        notes = {key: value for key, value in values[0].items() if key in _NOTES} | notes
    bare = [{key: value for key, value in schema.items() if key not in _NOTES} for schema in values]
    if null:
        bare.append(dict(_NULL))
    return {**notes, **bare[0]} if len(bare) == 1 else {**notes, "anyOf": bare}
