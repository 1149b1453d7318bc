"""What a server says of itself, outside of any wire."""

import httpx2
import jsonschema

from running import Server

WIRES = {"veo4api", "veo3gen", "veoapi", "acedata", "vtrix", "gemini", "vertex", "openai"}


def test_the_index_lists_the_wires_with_their_documents(server: Server) -> None:
    """A newcomer finds which base URL replaces which, and each document is OpenAPI 3.1."""
    index = httpx2.get(server.url).json()
    assert {wire["wire"] for wire in index["wires"]} == WIRES
    for wire in index["wires"]:
        found = httpx2.get(wire["openapi"]).json()
        assert found["openapi"] == "3.1.0"
        assert found["servers"] == [{"url": server.url}]
        for schema in found["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)


def test_people_get_pages(server: Server) -> None:
    """A browser is shown the index and each wire's reference, whole in themselves."""
    page = httpx2.get(server.url, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert f"{server.url}/v1" in page.text
    assert httpx2.get(f"{server.url}/docs", follow_redirects=True).status_code == 200
    for wire in WIRES:
        shown = httpx2.get(f"{server.url}/docs/{wire}")
        assert (shown.status_code, "<details" in shown.text) == (200, True)
    assert httpx2.get(f"{server.url}/docs/sora").status_code == 404


def test_a_ready_server_says_so(server: Server) -> None:
    """Scripts wait for this."""
    answer = httpx2.get(f"{server.url}/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


def test_paths_of_no_wire_lead_to_the_index(server: Server) -> None:
    """An unknown path says where to look; an unknown document too."""
    for method, path in (("GET", "/nothing/here"), ("POST", "/api"), ("GET", "/openapi/sora.json")):
        answer = httpx2.request(method, server.url + path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "route_unknown")
