"""docs/reference/wires.md is what the wires say of themselves; REELGATE_TEST_WRITE=1 writes it anew."""

import os
import pathlib
from collections.abc import Iterator

from reelgate.app.wires import DIALECTS
from reelgate.web.dialect import Dialect
from reelgate.web.pages import Wire, wires_of

URL = "http://127.0.0.1:8080"
HEAD = (
    "# The wires\n\n"
    "What each serves, for a server at `http://127.0.0.1:8080`. The server itself shows the same, with every field and "
    "every choice that a vendor's pages leave open, at `/docs/NAME`, and as an OpenAPI 3.1 document at "
    "`/openapi/NAME.json`. Drawn from the code; a test compares.\n\n"
    "All wires take the model `animatic`, which is the built-in engine with everything that it makes, and "
    "`Idempotency-Key` on what makes a task. "
    "Answers that show an ended task tell what was understood, ignored and approximated of its prompt in the header "
    "`X-Reelgate-Notes`, as JSON; that nothing was translated, too."
)


def lines_of(dialect: Dialect, wire: Wire) -> Iterator[str]:
    """Yield the section of a wire."""
    yield f"\n## {wire.name}: {wire.title}\n"
    yield f"Base URL: `{wire.base_url}` in place of `{wire.replaces}`. Key: `{wire.key}`."
    if wire.client_settings:
        yield f"The vendor's client: {', '.join(f'`{setting}`' for setting in wire.client_settings)}."
    yield "\n| operation | |\n|---|---|"
    for operation in dialect.operations:
        if operation.documented:
            public = " (no key needed)" if operation.public else ""
            yield f"| `{operation.method} {operation.path}` | {operation.summary}{public} |"


def page() -> str:
    """Return the whole page."""
    found = [HEAD]
    for dialect, wire in zip(DIALECTS, wires_of(DIALECTS, URL), strict=True):
        found += lines_of(dialect, wire)
    return "\n".join(found) + "\n"


def test_the_page_on_wires_is_drawn_from_them(repository: pathlib.Path) -> None:
    """Every wire and every operation."""
    path = repository / "docs" / "reference" / "wires.md"
    if os.environ.get("REELGATE_TEST_WRITE"):
        path.write_text(page(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page()
