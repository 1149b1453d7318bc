"""What clients get wrong, through every wire: its own documented error, nothing charged, nothing leaked."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx2
import jsonschema
import pytest

from acceptance.asks import DATA_URL, ENCODED, PICTURE, WIRES, Ask, Source, Spoken
from acceptance.conftest import Gate, Tenant
from reelgate.app.wires import DIALECTS
from reelgate.kit.clock import now
from reelgate.store.accounts import revoke_key
from reelgate.web.openapi import document

DOCUMENTS = {dialect.name: document(dialect, server_url="http://gate.example") for dialect in DIALECTS}
#: A model of each wire's own that costs something.
MODELS = {
    "veo4api": "veo-4",
    "veo3gen": "veo-3.1-fast-generate-001",
    "veoapi": "veo-3",
    "acedata": "veo3-fast",
    "vtrix": "veo_31_fast",
    "gemini": "veo-3.1-generate-preview",
    "vertex": "veo-3.1-generate-001",
    "openai": "sora-2",
}
JSON = {"content-type": "application/json"}
#: The wires that read pictures out of JSON, by URL and inline.
BY_URL = ("veo4api", "veoapi", "acedata", "vtrix", "openai")
INLINE = ("vtrix", "gemini", "vertex")


@pytest.fixture(scope="module")
async def payer(gate: Gate) -> Tenant:
    """An account that could pay."""
    return await gate.open_account("bad-input", credits_granted=10_000)


def spoken(wire: str, ask: Ask | None = None) -> Spoken:
    """Return a good request of a wire."""
    said = WIRES[wire].say(ask or Ask(), MODELS[wire], Source(content=b""))
    assert said
    return said


def template_of(wire: str, path: str) -> Mapping[str, Any]:
    """Return the operation of a wire's document that a path belongs to."""
    parts = path.partition("?")[0].split("/")
    for template, methods in DOCUMENTS[wire]["paths"].items():
        known = template.split("/")
        if len(known) == len(parts) and all(
            want == part or (want.startswith("{") and part.endswith(want.partition("}")[2]))
            for want, part in zip(known, parts, strict=True)
        ):
            found: Mapping[str, Any] = methods["post"]
            return found
    raise AssertionError(path)


async def send(gate: Gate, payer: Tenant, path: str, **rest: Any) -> httpx2.Response:
    headers = {**payer.headers(), **rest.pop("headers", {})}
    return await gate.client.post(path, headers=headers, **rest)


def check_refusal(wire: str, path: str, answer: httpx2.Response, *said: str) -> None:
    """Check that an answer is an error of the wire's document, and says something but nothing of the server."""
    responses = template_of(wire, path)["responses"]
    assert 400 <= answer.status_code < 500, answer.text
    assert str(answer.status_code) in responses, (answer.status_code, answer.text)
    schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
    whole = {**schema, "components": DOCUMENTS[wire]["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer.json())
    for word in said:
        assert word in answer.text, answer.text
    assert "Traceback" not in answer.text
    assert "/data" not in answer.text
    assert len(answer.text) < 3000


async def refuse(gate: Gate, payer: Tenant, wire: str, path: str, *said: str, **rest: Any) -> httpx2.Response:
    """Send what must be refused, and check that nothing came of it."""
    before = await gate.balance(payer)
    answer = await send(gate, payer, path, **rest)
    check_refusal(wire, path, answer, *said)
    assert await gate.balance(payer) == before
    return answer


BODIES: Mapping[str, tuple[bytes, Mapping[str, str]]] = {
    "nothing": (b"", JSON),
    "half an object": (b'{"prompt": "a bo', JSON),
    "a list": (b'["a boat"]', JSON),
    "a text": (b'"a boat"', JSON),
    "not UTF-8": (b'{"prompt": "\xff\xfe"}', JSON),
    "two objects": (b"{}{}", JSON),
    "a deep hole": (b'{"prompt":' * 3000 + b"1" + b"}" * 3000, JSON),
    "NaN": (b'{"prompt": NaN}', JSON),
    "another type": (b"<prompt>a boat</prompt>", {"content-type": "application/xml"}),
    "a form's type": (b"prompt=a+boat", {"content-type": "application/x-www-form-urlencoded"}),
    "a form that is none": (b"{}", {"content-type": "multipart/form-data; boundary=x"}),
}


@pytest.mark.parametrize("what", BODIES)
@pytest.mark.parametrize("wire", WIRES)
async def test_a_body_that_is_no_request(gate: Gate, payer: Tenant, wire: str, what: str) -> None:
    """Broken, of another kind, or nothing at all."""
    content, headers = BODIES[what]
    await refuse(gate, payer, wire, spoken(wire).path, content=content, headers=headers)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_body_of_30_mb(gate: Gate, payer: Tenant, wire: str) -> None:
    """It is read, as a picture may come in it, and its prompt is too long; a larger one is not even read."""
    body = spoken(wire)
    large = json.dumps(with_prompt(body.body, "x" * 30_000_000)).encode()
    await refuse(gate, payer, wire, body.path, content=large, headers=JSON)
    answer = await refuse(gate, payer, wire, body.path, content=large + b" " * 4_000_000, headers=JSON)
    assert "bytes" in answer.text


def with_prompt(body: Mapping[str, Any], prompt: object) -> dict[str, Any]:
    """Return a request with another prompt, wherever the wire has it."""
    text = json.dumps(body)
    return dict(json.loads(text, object_hook=lambda each: {**each, "prompt": prompt} if "prompt" in each else each))


@pytest.mark.parametrize("prompt", ["", "   ", "x" * 4001, "a\u0000b", "a\u001bb", "a\ud800b", 5, ["a boat"]])
@pytest.mark.parametrize("wire", WIRES)
async def test_a_prompt_that_cannot_be_used(gate: Gate, payer: Tenant, wire: str, prompt: object) -> None:
    """Empty, too long, with control characters or half a character, or no text."""
    body = spoken(wire)
    content = json.dumps(with_prompt(body.body, prompt)).encode()
    await refuse(gate, payer, wire, body.path, content=content, headers=JSON)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_model_that_is_not_there(gate: Gate, payer: Tenant, wire: str) -> None:
    """The known ones are listed; one of another wire is known for that."""
    own = MODELS[wire]
    elsewhere = next(name for name in ("sora-2", "veo-4") if name != own)
    for name, said in (("no-such-model", own), (elsewhere, {"sora-2": "openai", "veo-4": "veo4api"}[elsewhere])):
        request = WIRES[wire].say(Ask(), name, Source(content=b""))
        assert request
        await refuse(gate, payer, wire, request.path, own, said, json=request.body)
    for odd in ("x" * 200, "../../etc/passwd", "%00"):
        request = WIRES[wire].say(Ask(), odd, Source(content=b""))
        assert request
        if wire not in ("gemini", "vertex") or "/" not in odd:
            await refuse(gate, payer, wire, request.path, json=request.body)


def pictures(wire: str, url: str) -> dict[str, Any]:
    """Return a request whose picture is at a URL."""
    request = dict(spoken(wire).body)
    if wire == "vtrix":
        request["input"] = [{"params": {"prompt": "a boat", "image": {"url": url}}}]
        return request
    fields: Mapping[str, dict[str, Any]] = {
        "veo4api": {"image_urls": [url]},
        "veoapi": {"image": url},
        "openai": {"input_reference": {"image_url": url}},
    }
    return request | fields.get(wire, {"action": "image2video", "image_urls": [url]})


URLS = {
    "no URL": "a.png",
    "a file of the server": "file:///etc/passwd",
    "ftp": "ftp://127.0.0.1/a.png",
    "a network inside": "http://10.0.0.1/a.png",
    "the cloud's own": "http://169.254.169.254/latest/meta-data",
    "nothing there": "http://127.0.0.1:1/a.png",
    "data that is not base64": "data:image/png;base64,%%%",
    "data that is no picture": "data:image/png;base64,aGVsbG8=",
    "half a picture": "data:image/png;base64," + base64.b64encode(PICTURE[: len(PICTURE) // 2]).decode(),
    "a drawing in XML": "data:image/svg+xml;base64,"
    + base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode(),
    "data without an end": "data:",
    "a control character": "http://exam\nple.org/a.png",
    "a user": "http://user:secret@127.0.0.1:1/a.png",
}


@pytest.mark.parametrize("what", URLS)
@pytest.mark.parametrize("wire", BY_URL)
async def test_a_picture_that_cannot_be_had(gate: Gate, payer: Tenant, wire: str, what: str) -> None:
    """By its URL, or in a data: URL."""
    answer = await refuse(gate, payer, wire, spoken(wire).path, json=pictures(wire, URLS[what]))
    assert "secret" not in answer.text


@pytest.mark.parametrize("text", ["", "%%%", "aGVsbG8=", DATA_URL, ENCODED[: len(ENCODED) // 2], "A" * 27_000_000])
@pytest.mark.parametrize("wire", INLINE)
async def test_bytes_that_are_no_picture(gate: Gate, payer: Tenant, wire: str, text: str) -> None:
    """Not base64, a data: URL, no picture, half of one, or more than 20 MB."""
    body = json.dumps(spoken(wire, Ask(first=True)).body).replace(ENCODED, text)
    await refuse(gate, payer, wire, spoken(wire).path, content=body.encode(), headers=JSON)


@pytest.mark.parametrize("content", [b"", b"hello", PICTURE[:40], b"GIF89a" + bytes(20), bytes(20_000_001)])
@pytest.mark.parametrize(("wire", "field"), [("veo3gen", "image"), ("openai", "input_reference")])
async def test_a_file_that_is_no_picture(gate: Gate, payer: Tenant, wire: str, field: str, content: bytes) -> None:
    """In a form, whatever it says that it is."""
    path = "/api/veo/image-to-video" if wire == "veo3gen" else "/v1/videos"
    file = ("a.png", content, "image/png")
    await refuse(gate, payer, wire, path, data={"prompt": "a boat"}, files={field: file})


MIXED = [
    ("veo4api", {"image_urls": [DATA_URL], "image": DATA_URL}, "image"),
    ("veo4api", {"image_urls": [DATA_URL], "imageUrls": [DATA_URL]}, "imageUrls"),
    ("veo4api", {"image_urls": [DATA_URL, ""]}, "image_urls[1]"),
    ("acedata", {"action": "image2video", "image_urls": [DATA_URL, ""]}, "image_urls[1]"),
    ("openai", {"input_reference": {"image_url": DATA_URL, "file_id": "file-1"}}, "file_id"),
    ("openai", {"input_reference": {}}, "image_url"),
    ("vtrix", {"image": {"url": DATA_URL, "imageBytes": ENCODED}}, "image.url"),
    ("vtrix", {"image": {"imageBytes": ENCODED, "bytesBase64Encoded": ENCODED}}, "image.bytesBase64Encoded"),
    ("vtrix", {"image": {"gcsUri": "gs://b/a.png"}}, "image.gcsUri"),
    ("vtrix", {"image": [{"imageBytes": ENCODED}]}, "image"),
    ("vtrix", {"durationSeconds": 8, "seconds": "4"}, "durationSeconds"),
    ("gemini", {"image": {"inlineData": {"data": ENCODED}}}, "inlineData"),
    ("gemini", {"image": {"imageBytes": ENCODED}}, "imageBytes"),
    ("gemini", {"image": {"gcsUri": "gs://b/a.png"}}, "gcsUri"),
    ("vertex", {"image": {"gcsUri": "gs://b/a.png"}}, "gcsUri"),
    ("vertex", {"image": {"bytesBase64Encoded": ENCODED, "gcsUri": "gs://b/a.png"}}, "gcsUri"),
]


@pytest.mark.parametrize(("wire", "fields", "blamed"), MIXED)
async def test_fields_that_say_the_same_twice(
    gate: Gate, payer: Tenant, wire: str, fields: Mapping[str, Any], blamed: str
) -> None:
    """Or in another wire's way: the one that is too much is named."""
    body = json.loads(json.dumps(spoken(wire).body))
    place = body
    if wire == "vtrix":
        place = body["input"][0]["params"]
    elif wire in ("gemini", "vertex"):
        place = body["instances"][0]
    place |= fields
    await refuse(gate, payer, wire, spoken(wire).path, blamed, json=body)


async def test_a_form_s_field_that_stands_twice(gate: Gate, payer: Tenant) -> None:
    """A picture as file and as reference, two files, two texts."""
    file = ("a.png", PICTURE, "image/png")
    for files in (
        [("prompt", (None, "a boat")), ("input_reference", file), ("input_reference", file)],
        [("prompt", (None, "a boat")), ("input_reference", file), ("input_reference[image_url]", (None, DATA_URL))],
        [("prompt", (None, "a boat")), ("prompt", (None, "a ship"))],
    ):
        await refuse(gate, payer, "openai", "/v1/videos", files=files)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_key_that_opens_nothing(gate: Gate, payer: Tenant, wire: str) -> None:
    """None, one that cannot be, one with a slip of the pen, one that was revoked: no answer tells which."""
    revoked = await gate.open_account(f"revoked-{wire}", credits_granted=10_000)
    await revoke_key(gate.database, str(revoked.principal.key_id), now())
    good = payer.key
    slip = good[:-1] + ("a" if good[-1] != "a" else "b")
    request = spoken(wire)
    texts = []
    # Few of each, as an address may only try so many in a minute.
    odd = {"veo4api": ("é",), "gemini": ("x" * 5000,), "openai": ("rg_" + "0" * 38,)}
    for key in ("", slip, revoked.key, *odd.get(wire, ())):
        raw = {name.encode(): value.replace(good, key).encode() for name, value in payer.headers().items()}
        answer = await gate.client.post(request.path, headers=raw if key else {}, json=request.body)
        check_refusal(wire, request.path, answer)
        assert answer.status_code in (400, 401, 403)
        if key:
            texts.append(json.dumps({**answer.json(), "trace_id": ""}))
    assert len(set(texts)) == 1
