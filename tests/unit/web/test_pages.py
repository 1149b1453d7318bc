"""The pages for people."""

import dataclasses
import html.parser

import pytest

from reelgate.app.wires import DIALECTS
from reelgate.web.dialect import Dialect
from reelgate.web.openapi import document
from reelgate.web.pages import index_page, notes_of, reference_page, wires_of

URL = "http://gate.example:8080"
WIRES = wires_of(DIALECTS, URL)


class Links(html.parser.HTMLParser):
    """Collects what a page links to, loads and has places for."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag says."""
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href"):
                self.loaded.append(value or "")
            elif name == "id":
                self.places.append(value or "")
        assert tag != "script"


def test_the_index_says_which_base_url_replaces_which() -> None:
    """Each wire with what it replaces, what to use, and where its reference and its document are."""
    page = index_page(WIRES, URL)
    found = Links(page)
    for wire in WIRES:
        for part in (wire.title, wire.replaces, wire.base_url, wire.key, *wire.client_settings):
            assert part in page
        assert {f"/docs/{wire.name}", f"/openapi/{wire.name}.json"} <= set(found.links)
    assert found.loaded == ["data:,"]


def test_base_urls_have_the_path_that_clients_expect() -> None:
    """OpenAI's clients are told a base with /v1, Google's without a version."""
    bases = {wire.name: wire.base_url for wire in WIRES}
    assert (bases["openai"], bases["veoapi"], bases["gemini"]) == (f"{URL}/v1", f"{URL}/v1", URL)
    settings = [setting for wire in WIRES for setting in wire.client_settings]
    assert f"OPENAI_BASE_URL={URL}/v1" in settings
    assert f"GOOGLE_GEMINI_BASE_URL={URL}" in settings


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_reference_has_every_operation_and_leads_nowhere_else(dialect: Dialect) -> None:
    """Every place that it links to is on it, or on this server."""
    page = reference_page(dialect, document(dialect, server_url=URL), WIRES)
    found = Links(page)
    for operation in dialect.operations:
        assert not operation.documented or f"<code>{operation.path}</code>" in page
    assert found.loaded == ["data:,"]
    assert len(found.places) == len(set(found.places))
    own = [f"#{place}" for place in found.places]
    assert set(found.links) <= {"/", *own, *(f"/docs/{wire.name}" for wire in WIRES), f"/openapi/{dialect.name}.json"}


def test_what_is_shown_is_text() -> None:
    """An operator's own address may hold anything."""
    wires = wires_of(DIALECTS, "http://<script>")
    assert "<script>" not in index_page(wires, "http://<script>")


def test_notes_are_the_list_in_a_docstring() -> None:
    """One item each, over several lines or not; what stands in backticks is code."""
    text = "The bodies.\n\n    Beyond the page:\n\n    - INFER: the `id` is\n      long.\n    - No more.\n    "
    dialect = dataclasses.replace(DIALECTS[0], notes=text)
    assert notes_of(dialect) == (("The ", "id", " is long."), ("No more.",))
    assert all(notes_of(dialect) for dialect in DIALECTS)
