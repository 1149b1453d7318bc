"""An OpenAPI document as a person reads it."""

from typing import Any

import pytest

from reelgate.app.wires import DIALECTS
from reelgate.web.dialect import Dialect
from reelgate.web.openapi import document
from reelgate.web.reference import reference_from

ITEM = {"type": "object", "description": "A thing.", "required": ["a"], "properties": {"a": {"type": "string"}}}


def words_of(schema: dict[str, Any]) -> tuple[list[str], list[str | None], str | None]:
    """Return what is said of one optional field of a body: its words, its structures, its default."""
    body = {"type": "object", "properties": {"x": schema}}
    told = {
        "paths": {
            "/x": {
                "post": {
                    "operationId": "postX",
                    "summary": "Do it",
                    "requestBody": {"content": {"application/json": {"schema": body}}},
                    "responses": {},
                }
            }
        },
        "components": {"schemas": {"Item": ITEM}},
    }
    (field,) = reference_from(told).operations[0].body[0].fields
    return [kind.words for kind in field.kinds], [kind.structure for kind in field.kinds], field.default


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 60}, ["whole number, 1 to 60"]),
        ({"type": "integer", "minimum": 0}, ["whole number, from 0"]),
        ({"type": "number", "maximum": 2.5}, ["number, up to 2.5"]),
        ({"type": "string", "minLength": 1, "maxLength": 9}, ["text, at most 9 characters"]),
        ({"type": "boolean"}, ["true or false"]),
        ({"enum": ["16:9", "9:16"]}, ["16:9 | 9:16"]),
        ({"const": True}, ["true"]),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, ["text"]),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, ["text", "whole number"]),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 3}, ["list of text, at most 3"]),
        ({"type": "string", "format": "binary"}, ["file"]),
        ({"type": "object"}, ["object"]),
        ({}, ["anything"]),
    ],
)
def test_what_a_field_may_be_is_said_in_words(schema: dict[str, Any], words: list[str]) -> None:
    """With its limits; that it may be null as well says nothing."""
    assert words_of(schema) == (words, [None] * len(words), None)


def test_a_structure_has_a_place_of_its_own() -> None:
    """A field names it, in a list too."""
    reference = {"$ref": "#/components/schemas/Item"}
    assert words_of(reference) == (["Item"], ["Item"], None)
    assert words_of({"type": "array", "items": reference}) == (["list of Item"], ["Item"], None)


@pytest.mark.parametrize(
    ("default", "told"), [(8, "8"), (False, "false"), ("16:9", '"16:9"'), ("", None), ([], None), (None, None)]
)
def test_a_default_is_told_as_json(default: object, told: str | None) -> None:
    """Where it says anything."""
    assert words_of({"type": "string", "default": default})[2] == told


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_wire_s_document_is_read_whole(dialect: Dialect) -> None:
    """Each operation has answers and errors, and what a field names is there."""
    found = reference_from(document(dialect, server_url="http://gate.example"))
    assert len(found.operations) == sum(operation.documented for operation in dialect.operations)
    there = {structure.name for structure in found.structures}
    for operation in found.operations:
        assert operation.successes
        assert operation.errors
        bodies = [field for content in operation.body for field in content.fields]
        assert bool(bodies) == bool(operation.body)
    fields = [field for structure in found.structures for field in structure.fields]
    assert {kind.structure for field in fields for kind in field.kinds} - {None} <= there
