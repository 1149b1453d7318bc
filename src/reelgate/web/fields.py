"""Read a struct from a body, naming every field that is wrong and not only the first. Pure.

The structs are msgspec's: types, defaults, wire names and limits (`msgspec.Meta`) stand there once, for the parser and
for the OpenAPI document alike. Fields that the struct does not have are ignored, as the vendors' clients need.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from reelgate.core.errors import FieldProblem, FieldsInvalid

_Struct = TypeVar("_Struct", bound=msgspec.Struct)

_TYPE_NAMES: Final = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


def read_fields(kind: type[_Struct], body: Mapping[str, Any], *, strict: bool = True) -> _Struct:
    """Return a struct from a JSON object or, with `strict=False`, from a form's or query's texts.

    Without `strict`, "8" is an integer and "true" or "1" is true.

    Raises:
        FieldsInvalid: fields are missing, have a wrong type or break a limit; all are named.

    """
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        if name not in body:
            if field.required:
                problems.append(FieldProblem(name, "is required"))
            continue
        try:
            values[field.name] = msgspec.convert(body[name], field.type, strict=strict)
        except msgspec.ValidationError as error:
            problems.append(FieldProblem(*_explain(name, str(error))))
    if problems:
        raise FieldsInvalid(problems)
    return kind(**values)


def _explain(name: str, message: str) -> tuple[str, str]:
    """Put a message of msgspec into a caller's words: (path of the value, what is wrong)."""
    text, _, path = message.partition(" - at `$")
    where = name + path.rstrip("`")
    if expected := re.fullmatch(r"Expected `([^`]*)`(?:, got `([^`]*)`)?", text):
        kinds = [_TYPE_NAMES.get(kind.strip(), kind.strip()) for kind in expected[1].split("|")]
        got = expected[2]
        return where, f"must be {' or '.join(kinds)}" + (f", not {_TYPE_NAMES.get(got, got)}" if got else "")
    if limit := re.fullmatch(r"Expected `[^`]*` (.*)", text):
        return where, f"must be {limit[1]}"
    if value := re.fullmatch(r"Invalid enum value (.*)", text):
        return where, f"has no value {value[1]}"
    return where, text[:1].lower() + text[1:]
