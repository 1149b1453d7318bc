"""An OpenAPI document as a person reads it: operations, fields and answers in a few words each. Pure.

Made for the documents of `web.openapi`; the words stand in `web.pages`. Called by `web.server_routes`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_Schema = Mapping[str, Any]

_NAMES: Final = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false"}
_LIMITS: Final = (
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {}"),
    ("maxItems", "at most {}"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What a value may be: some words, or a structure that has a place of its own on the page."""

    words: str
    #: Name of a structure, where it is one.
    structure: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field of a structure, a form or a query."""

    name: str
    kinds: tuple[Kind, ...]
    required: bool
    description: str
    #: As JSON; None where there is none.
    default: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What is sent or answered in one media type."""

    media_type: str
    #: Fields that stand here.
    fields: tuple[Field, ...]
    structures: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What an operation answers with one status."""

    status: str
    description: str
    contents: tuple[Content, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    public: bool
    parameters: tuple[Field, ...]
    body: tuple[Content, ...]
    successes: tuple[Reply, ...]
    errors: tuple[Reply, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Structure:
    """A named structure."""

    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A whole document."""

    operations: tuple[Described, ...]
    structures: tuple[Structure, ...]


def reference_from(document: _Schema) -> Reference:
    """Return an OpenAPI document's operations, in its order, and its structures, by name."""
    schemas = document["components"]["schemas"]
    operations = tuple(
        _operation(method, path, operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    structures = tuple(
        Structure(name=name, description=schema.get("description", ""), fields=_fields(schema))
        for name, schema in schemas.items()
    )
    return Reference(operations=operations, structures=structures)


def _operation(method: str, path: str, operation: _Schema, schemas: Mapping[str, _Schema]) -> Described:
    replies = [_reply(status, reply) for status, reply in operation["responses"].items()]
    return Described(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        public=operation.get("security") == [],
        parameters=tuple(_parameter(parameter) for parameter in operation.get("parameters", ())),
        body=tuple(_body(media_type, sent, schemas) for media_type, sent in _sent(operation).items()),
        successes=tuple(reply for reply in replies if reply.status < "4"),
        errors=tuple(reply for reply in replies if reply.status >= "4"),
    )


def _sent(operation: _Schema) -> _Schema:
    content: _Schema = operation.get("requestBody", {}).get("content", {})
    return content


def _body(media_type: str, sent: _Schema, schemas: Mapping[str, _Schema]) -> Content:
    """Return what is sent with its fields, wherever they stand: they are what a reader looks for."""
    schema = sent["schema"]
    named = schema.get("$ref", "").rpartition("/")[2]
    return Content(media_type=media_type, fields=_fields(schemas.get(named, schema)), structures=())


def _parameter(parameter: _Schema) -> Field:
    schema = parameter["schema"]
    return Field(
        name=f"{parameter['name']} ({parameter['in']})",
        kinds=tuple(_kinds(schema)),
        required=parameter.get("required", False),
        description=parameter.get("description", schema.get("description", "")),
        default=_default(schema),
    )


def _reply(status: str, reply: _Schema) -> Reply:
    return Reply(status=status, description=reply["description"], contents=_contents(reply.get("content", {})))


def _contents(content: _Schema) -> tuple[Content, ...]:
    return tuple(
        Content(
            media_type=media_type,
            fields=_fields(described["schema"]),
            structures=tuple(kind.structure for kind in _kinds(described["schema"]) if kind.structure),
        )
        for media_type, described in content.items()
    )


def _fields(schema: _Schema) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        Field(
            name=name,
            kinds=tuple(_kinds(part)),
            required=name in required,
            description=part.get("description", ""),
            default=_default(part),
        )
        for name, part in schema.get("properties", {}).items()
    )


def _default(schema: _Schema) -> str | None:
    if schema.get("default") in (None, "", [], {}):
        return None
    return json.dumps(schema["default"], ensure_ascii=False)


def _kinds(schema: _Schema) -> Iterator[Kind]:
    """Yield what a value may be; that an optional field of a request may be null says nothing."""
    if "anyOf" in schema:
        for part in schema["anyOf"]:
            if part != {"type": "null"}:
                yield from _kinds(part)
    elif "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield Kind(words=name, structure=name)
    elif "enum" in schema or "const" in schema:
        values: Sequence[Any] = schema.get("enum", [schema.get("const")])
        yield Kind(words=" | ".join(_told(value) for value in values))
    elif schema.get("type") == "array":
        yield from _of_a_list(schema)
    elif schema.get("format") == "binary":
        yield Kind(words="file")
    else:
        kind: str = schema.get("type", "anything")
        yield Kind(words=", ".join((_NAMES.get(kind, kind), *_limits(schema))))


def _of_a_list(schema: _Schema) -> Iterator[Kind]:
    limits = "".join(f", {limit}" for limit in _limits(schema))
    for kind in _kinds(schema.get("items", {})):
        yield Kind(words=f"list of {kind.words}{limits}", structure=kind.structure)


def _limits(schema: _Schema) -> Iterable[str]:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if lowest is not None and highest is not None:
        yield f"{lowest} to {highest}"
    elif lowest is not None:
        yield f"from {lowest}"
    elif highest is not None:
        yield f"up to {highest}"
    for key, words in _LIMITS:
        # That a text must not be empty goes without saying.
        if key in schema and (key, schema[key]) != ("minLength", 1):
            yield words.format(schema[key])


def _told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
