"""Read a struct from a body, naming every field that is wrong and not only the first. Pure.

The structs are msgspec's: types, defaults, wire names and limits (`msgspec.Meta`) stand there once, for the parser and
for the OpenAPI document alike. Fields that the struct does not have are ignored, as the vendors' clients need; an
optional field that is null counts as left out, as clients that write out every field they know send it.
"""

import contextlib
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import msgspec

from reelgate.core.catalogue import one_of
from reelgate.core.errors import FieldProblem, FieldsInvalid

_Struct = TypeVar("_Struct", bound=msgspec.Struct)

#: Values are repeated to the caller up to this length.
_ECHO_MAX_CHARS: Final = 40

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

    Without `strict`, "8" is an integer, "true" or "1" is true, and an empty text counts as left out.

    Raises:
        FieldsInvalid: fields are missing, have a wrong type or break a limit; all are named.

    """
    # Nearly always all is well, and read in one go; what is wrong or left out is found field by field.
    if strict and isinstance(body, dict) and None not in body.values():
        with contextlib.suppress(msgspec.ValidationError):
            return msgspec.convert(body, kind)
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for field in _fields_of(kind):
        name = field.encode_name
        value = body.get(name)
        if value is None or (value == "" and not strict):
            if field.required:
                problems.append(FieldProblem(name, "is required"))
            continue
        try:
            values[field.name] = msgspec.convert(value, field.type, strict=strict)
        except msgspec.ValidationError as error:
            path, problem = _explain(str(error), field.type, value, strict=strict)
            problems.append(FieldProblem(name + path, problem))
    if problems:
        raise FieldsInvalid(problems)
    return kind(**values)


@functools.cache
def _fields_of(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


def _explain(message: str, kind: Any, value: object, *, strict: bool) -> tuple[str, str]:
    """Put a message of msgspec into a caller's words: (path inside of the field, what is wrong)."""
    what, _, path = message.partition(" - at `$")
    path = path.rstrip("`")
    if what.startswith("Invalid enum value"):
        return path, f"must be {one_of(tuple(_choices(kind)))}, not {_echo(value)}"
    if expected := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", what):
        kinds = [_TYPE_NAMES.get(name.strip(), name.strip()) for name in expected[1].split("|")]
        wanted = " or ".join(name for name in kinds if name != "null")
        # In a form or query everything is a string: its type says nothing.
        got = _TYPE_NAMES.get(expected[2], expected[2]) if strict else _echo(value)
        return path, f"must be {wanted}, not {got}"
    if limit := re.fullmatch(r"Expected `[^`]*` (.*)", what):
        return path, f"must be {limit[1]}"
    return path, what[:1].lower() + what[1:]


def _choices(kind: Any) -> Iterator[object]:
    """Yield the values of every Literal inside of a type."""
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    else:
        for part in get_args(kind):
            yield from _choices(part)


def _echo(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= _ECHO_MAX_CHARS else text[:_ECHO_MAX_CHARS] + "…")
