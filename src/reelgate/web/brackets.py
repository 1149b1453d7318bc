"""Read the bracketed names of a form as what they stand for: `a[b]` is an object's field, `a[]` a list's item. Pure.

Clients that take nested values and can only send a form write them so. Dialects of such wires call it before
`web.fields`.
"""

from collections.abc import Iterable
from typing import Any, Final

from reelgate.core.errors import FieldProblem, FieldsInvalid

#: Deeper names are a mistake, or meant to hurt.
DEPTH_MAX: Final = 5


def read_brackets(texts: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return a form's texts as the JSON object that their names describe; every value stays a text.

    A name without brackets, or with brackets that do not close, is a field's name as it is.

    Raises:
        FieldsInvalid: a field stands twice, stands for a text and for more than that, or is nested too deeply.

    """
    tree: dict[str, Any] = {}
    for name, text in texts:
        path = _split(name)
        if len(path) > DEPTH_MAX:
            raise FieldsInvalid([FieldProblem(path[0], "is nested too deeply")])
        _place(tree, path, text, name)
    return tree


def _split(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    if not (head and bracket and rest.endswith("]")):
        return [name]
    return [head, *rest[:-1].split("][")]


def _place(fields: dict[str, Any], path: list[str], text: str, name: str) -> None:
    head, *rest = path
    if not rest:
        if head in fields:
            raise FieldsInvalid([FieldProblem(name, "stands twice")])
        fields[head] = text
    elif rest[0]:
        _place(_container(fields, head, dict, name), rest, text, name)
    else:
        _append(_container(fields, head, list, name), rest[1:], text, name)


def _append(items: list[Any], path: list[str], text: str, name: str) -> None:
    if not path:
        items.append(text)
        return
    # `a[][b]` begins another object where the last one has its `b` already.
    if not items or not isinstance(items[-1], dict) or path[0] in items[-1]:
        items.append({})
    _place(items[-1], path, text, name)


def _container(fields: dict[str, Any], head: str, kind: type, name: str) -> Any:
    found = fields.setdefault(head, kind())
    if not isinstance(found, kind):
        raise FieldsInvalid([FieldProblem(name, f"stands for something else than {head} elsewhere in the form")])
    return found
