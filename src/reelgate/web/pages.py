"""The pages for people that a server has outside of its dashboard: the index, and a reference of each wire.

Whole in themselves: no script, nothing from elsewhere. Drawn once, at the first request. Called by `web.server_routes`.
"""

import functools
import importlib.metadata
import importlib.resources
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jinja2
import markupsafe

from reelgate.web.dialect import Dialect
from reelgate.web.reference import reference_from

_FOLDER: Final = importlib.resources.files("reelgate.web") / "templates"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wire:
    """What a newcomer needs to know of a wire on this server."""

    name: str
    title: str
    #: The base URL that clients were written for, and the one that they use here.
    replaces: str
    base_url: str
    #: How a client sends its key: a header.
    key: str
    #: Variables that make the vendor's own client come here.
    client_settings: tuple[str, ...]


def wires_of(dialects: Sequence[Dialect], url: str) -> tuple[Wire, ...]:
    """Return the wires of a server that is reached at `url` (scheme, host and port)."""
    return tuple(
        Wire(
            name=dialect.name,
            title=dialect.title,
            replaces=dialect.replaces,
            base_url=url + dialect.base_path,
            key=_key(dialect),
            client_settings=tuple(f"{name}={url + path}" for name, path in dialect.client_settings.items()),
        )
        for dialect in dialects
    )


def index_page(wires: Sequence[Wire], url: str) -> str:
    """Return the page that tells which base URL replaces which."""
    return _template("index.html").render(wires=wires, url=url, **_common())


def reference_page(dialect: Dialect, document: Mapping[str, Any], wires: Sequence[Wire]) -> str:
    """Return the reference of a wire, drawn from its OpenAPI document."""
    return _template("reference.html").render(
        wire=next(wire for wire in wires if wire.name == dialect.name),
        wires=wires,
        reference=reference_from(document),
        notes=notes_of(dialect),
        **_common(),
    )


def notes_of(dialect: Dialect) -> tuple[tuple[str, ...], ...]:
    """Return what the docstring of a wire's structs lists: of each item, by turns, plain words and code."""
    text = inspect.cleandoc(dialect.notes)
    items = re.findall(r"^- (.*(?:\n  .*)*)", text, re.MULTILINE)
    lines = (" ".join(item.split()).replace("INFER: ", "") for item in items)
    return tuple(tuple((line[:1].upper() + line[1:]).split("`")) for line in lines)


def _key(dialect: Dialect) -> str:
    scheme = next(iter(dialect.security.values()))
    return f"{scheme['name']}: KEY" if scheme["type"] == "apiKey" else "Authorization: Bearer KEY"


def _common() -> dict[str, Any]:
    # Our own file, with nothing in it that anyone sent.
    style = markupsafe.Markup((_FOLDER / "style.css").read_text(encoding="utf-8"))  # noqa: S704
    return {"style": style, "version": importlib.metadata.version("reelgate")}


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


@functools.cache
def _environment() -> jinja2.Environment:
    def load(name: str) -> str:
        return (_FOLDER / name).read_text(encoding="utf-8")

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(load),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
