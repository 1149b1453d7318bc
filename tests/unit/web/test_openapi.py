"""Tests of the OpenAPI documents: well-formed, whole, and true to what is served.

That golden answers fit the documents is tested with the golden files.
"""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from reelgate.dialects.acedata.routes import DIALECT as ACEDATA
from reelgate.dialects.gemini.routes import DIALECT as GEMINI
from reelgate.dialects.openai.routes import DIALECT as OPENAI
from reelgate.dialects.veo3gen.routes import DIALECT as VEO3GEN
from reelgate.dialects.veo4api.routes import DIALECT as VEO4API
from reelgate.dialects.veoapi.routes import DIALECT as VEOAPI
from reelgate.dialects.vertex.routes import DIALECT as VERTEX
from reelgate.dialects.vtrix.routes import DIALECT as VTRIX
from reelgate.web.dialect import Dialect
from reelgate.web.openapi import document

every_dialect = pytest.mark.parametrize(
    "dialect", [ACEDATA, VEO4API, VEO3GEN, GEMINI, VERTEX, OPENAI, VEOAPI, VTRIX], ids=lambda dialect: dialect.name
)


def documented(dialect: Dialect) -> Any:
    """Return the document as a client gets it."""
    return json.loads(json.dumps(document(dialect, server_url="https://gate.example")))


def operations(tree: Any) -> list[tuple[str, str, Any]]:
    return [(method, path, described) for path, item in tree["paths"].items() for method, described in item.items()]


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes(part)


@every_dialect
def test_every_reference_leads_somewhere(dialect: Dialect) -> None:
    """No schema is named that is not there, and none is there for nobody."""
    tree = documented(dialect)
    referred = {node["$ref"] for node in nodes(tree) if "$ref" in node}
    assert referred == {f"#/components/schemas/{name}" for name in tree["components"]["schemas"]}


@every_dialect
def test_every_schema_is_a_schema(dialect: Dialect) -> None:
    """Bodies, parameters and components are JSON Schema of OpenAPI 3.1's kind."""
    tree = documented(dialect)
    schemas = [node["schema"] for node in nodes(tree) if isinstance(node.get("schema"), dict)]
    assert schemas
    for schema in [*schemas, *tree["components"]["schemas"].values()]:
        jsonschema.Draft202012Validator.check_schema(schema)


@every_dialect
def test_every_operation_is_described(dialect: Dialect) -> None:
    """What is served is documented, under a name of its own, with the answers that any request can get."""
    found = operations(documented(dialect))
    assert {(method.upper(), path) for method, path, _ in found} == {
        (operation.method, operation.path) for operation in dialect.operations if operation.documented
    }
    ids = [described["operationId"] for _, _, described in found]
    assert len(ids) == len(set(ids))
    for _, path, described in found:
        assert {"429", "500", "503"} <= set(described["responses"])
        # Who needs no key is never told that it is wrong.
        assert ("401" in described["responses"]) == (described.get("security") != [])
        assert ("requestBody" in described) == ({"413", "415"} <= set(described["responses"]))
        assert all(name in str(described["parameters"]) for name in ("taskId",) if f"{{{name}}}" in path)


def test_public_operations_need_no_key() -> None:
    """Vtrix's models are read without one, its tasks are not."""
    paths = documented(VTRIX)["paths"]
    assert paths["/api/v1/skill/models"]["get"]["security"] == []
    assert "security" not in paths["/model/v1/generation"]["post"]


@every_dialect
def test_the_document_names_the_server_and_how_to_get_in(dialect: Dialect) -> None:
    """A client finds the address and the security schemes."""
    tree = documented(dialect)
    assert tree["openapi"].startswith("3.1.")
    assert tree["servers"] == [{"url": "https://gate.example"}]
    assert [name for choice in tree["security"] for name in choice] == list(tree["components"]["securitySchemes"])


@every_dialect
def test_fields_carry_their_descriptions_and_limits(dialect: Dialect) -> None:
    """Every field of a JSON request says what it is."""
    tree = documented(dialect)
    bodies = [
        described["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, described in operations(tree)
        if "application/json" in described.get("requestBody", {}).get("content", {})
    ]
    assert bodies
    for name in bodies:
        schema = tree["components"]["schemas"][name]
        assert schema["description"]
        assert all(part.get("description") for part in schema["properties"].values())


def test_json_takes_null_for_what_is_optional() -> None:
    """The document allows what `read_fields` does."""
    tree = documented(VEO4API)
    schema = {"$ref": "#/components/schemas/GenerateRequest", "components": tree["components"]}
    request = jsonschema.Draft202012Validator(schema)
    fields = tree["components"]["schemas"]["GenerateRequest"]["properties"]
    assert request.is_valid({**dict.fromkeys(fields), "prompt": "x"})
    assert not request.is_valid({"prompt": None})
    assert not request.is_valid({"prompt": "x", "seeds": 7})
    assert fields["seeds"]["description"]
    assert "default" not in fields["seeds"]
    assert fields["enableTranslation"]["default"] is True


def test_a_form_has_its_files_and_no_null() -> None:
    """A form's picture is binary and required; a text field has its plain type."""
    path = documented(VEO3GEN)["paths"]["/api/veo/image-to-video"]["post"]
    content = path["requestBody"]["content"]["multipart/form-data"]
    assert content["schema"]["required"] == ["prompt", "image"]
    assert content["schema"]["properties"]["image"]["format"] == "binary"
    assert content["schema"]["properties"]["seed"]["type"] == "integer"
    assert content["encoding"]["image"]["contentType"] == "image/jpeg, image/png, image/webp"


def test_a_query_has_its_parameters() -> None:
    """Names, defaults and limits of a query are those of its struct."""
    parameters = documented(VEO3GEN)["paths"]["/api/veo/history"]["get"]["parameters"]
    limit, skip, status = parameters
    assert (limit["name"], limit["in"], limit["required"]) == ("limit", "query", False)
    assert (limit["schema"]["default"], limit["schema"]["maximum"]) == (20, 100)
    assert (skip["name"], status["name"]) == ("skip", "status")
    assert "anyOf" not in status["schema"]
    (task_id,) = documented(VEO4API)["paths"]["/api/video/veo4/status"]["get"]["parameters"]
    assert task_id["required"] is True


def test_a_body_that_may_be_left_out_says_so() -> None:
    """veo4api's cancel takes its id from the query too."""
    paths = documented(VEO4API)["paths"]
    assert paths["/api/video/veo4/cancel"]["post"]["requestBody"]["required"] is False
    assert paths["/api/video/veo4/generate"]["post"]["requestBody"]["required"] is True


def test_a_body_may_come_as_json_or_as_a_form() -> None:
    """The form has the JSON body's fields; a file that is optional is not required."""
    content = documented(OPENAI)["paths"]["/v1/videos"]["post"]["requestBody"]["content"]
    assert list(content) == ["application/json", "multipart/form-data"]
    form = content["multipart/form-data"]
    assert form["schema"]["required"] == ["prompt"]
    assert form["schema"]["properties"]["input_reference"]["format"] == "binary"
    video = documented(OPENAI)["paths"]["/v1/videos/edits"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert video["encoding"]["video"]["contentType"].split(", ")[:2] == ["video/mp4", "video/quicktime"]


def test_an_answer_may_be_a_file() -> None:
    """Whole, in part, or not at all where the client has it already."""
    responses = documented(OPENAI)["paths"]["/v1/videos/{videoId}/content"]["get"]["responses"]
    assert list(responses["200"]["content"]) == ["video/mp4", "image/webp", "image/jpeg"]
    assert responses["206"]["content"] == responses["200"]["content"]
    assert "content" not in responses["304"]
    assert "application/json" in responses["416"]["content"]


def test_an_answer_may_have_several_shapes() -> None:
    """Tasks of acedata are one, several, a deletion or null; each shape is there, and nothing else fits."""
    tree = documented(ACEDATA)
    schema = tree["paths"]["/veo/tasks"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = jsonschema.Draft202012Validator({**schema, "components": tree["components"]})
    assert [part.get("$ref", part.get("type")) for part in schema["anyOf"]] == [
        *(f"#/components/schemas/{name}" for name in ("TaskAnswer", "BatchAnswer", "DeletedAnswer")),
        "null",
    ]
    assert answer.is_valid(None)
    assert answer.is_valid({"items": [], "count": 0})
    assert not answer.is_valid({"status": "succeeded"})
