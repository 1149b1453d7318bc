"""What one asks for, free of any wire, and how each wire says it: the requests of the table in `test_rules`."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from reelgate.core.media import frame_size
from reelgate.core.tails import to_tail
from reelgate.core.task import AspectRatio, Resolution, Task
from reelgate.dialects.acedata.translate import to_video_id
from reelgate.dialects.openai.translate import to_id as to_openai_id
from reelgate.dialects.veo4api.translate import to_id as to_veo4api_id
from reelgate.dialects.vtrix.translate import to_id as to_vtrix_id
from videos import picture

PROMPT = "a paper boat on a lake"
PICTURE = picture(64, 36, "PNG")
ENCODED = base64.b64encode(PICTURE).decode()
DATA_URL = f"data:image/png;base64,{ENCODED}"
GOOGLE_PICTURE = {"bytesBase64Encoded": ENCODED, "mimeType": "image/png"}


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked of a model; None and nothing are left out."""

    duration_s: int | None = None
    resolution: str | None = None
    ratio: str | None = None
    samples: int | None = None
    person: str | None = None
    audio: bool | None = None
    seed: int | None = None
    enhance: bool | None = None
    negative: str | None = None
    first: bool = False
    last: bool = False
    references: int = 0
    video: bool = False

    def given(self) -> dict[str, Any]:
        """Return what is not left out."""
        pairs = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {
            name: value
            for name, value in pairs
            if value not in (None, False, 0) or (name in _TELLING and value is not None)
        }


#: Fields that are told whatever their value.
_TELLING = {"duration_s", "samples", "audio", "seed", "enhance"}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A finished video that can be extended, in the ids and bytes that wires name it by."""

    content: bytes
    veo4api: str = ""
    vtrix: str = ""
    acedata: str = ""
    openai: str = ""
    gemini: str = ""


def source_from(task: Task, url: str, content: bytes) -> Source:
    """Return a task that has succeeded as what can be extended; `content` is its video, `url` the server's."""
    return Source(
        content=content,
        veo4api=to_veo4api_id(task.id),
        vtrix=to_vtrix_id(task.id),
        acedata=to_video_id(task.id, 0),
        openai=to_openai_id(task.id),
        gemini=f"{url}/v1beta/files/{to_tail(task.artifacts[0].id)}:download?alt=media",
    )


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A request."""

    path: str
    body: Mapping[str, Any]
    #: Files of a form; without any, the body is JSON.
    files: Mapping[str, tuple[str, bytes, str]] | None = None

    def arguments(self) -> dict[str, Any]:
        """Return what a client is told."""
        if self.files is None:
            return {"json": self.body}
        texts = {name: text if isinstance(text, str) else json.dumps(text) for name, text in self.body.items()}
        return {"data": texts, "files": self.files}


#: Says a request for a model, by the wire's own name of it; None where the wire cannot.
Speech = Callable[[Ask, str, Source], Spoken | None]


@dataclass(frozen=True, kw_only=True)
class Wire:
    """How a wire speaks."""

    #: The wire's name of each field that it has.
    names: Mapping[str, str]
    say: Speech
    success: int
    #: Reads a refusal: its kind, the fields that it blames, its sentence. Asserts its whole shape.
    read: Callable[[int, Any], tuple[str, Sequence[str], str]]

    def can_say(self, ask: Ask) -> bool:
        """Return whether the wire has a place for everything."""
        return set(ask.given()) <= set(self.names)


def _renamed(ask: Ask, names: Mapping[str, str], *leave_out: str) -> dict[str, Any]:
    return {names[field]: value for field, value in ask.given().items() if field not in (*_INPUTS, *leave_out)}


_INPUTS = ("first", "last", "references", "video")

VEO4API_NAMES = {
    "ratio": "aspect_ratio", "resolution": "resolution", "duration_s": "duration", "seed": "seeds", "audio": "audio",
    "negative": "negative_prompt", "first": "image_urls", "last": "image_urls", "references": "image_urls",
    "video": "extend_task_id",
}  # fmt: skip


def _veo4api(ask: Ask, name: str, source: Source) -> Spoken | None:
    if (ask.last and not ask.first) or 0 < ask.references < 3:
        return None
    body = {"prompt": PROMPT, "model": name, **_renamed(ask, VEO4API_NAMES)}
    if pictures := ask.references or ask.first + ask.last:
        body["image_urls"] = [DATA_URL] * pictures
    if ask.video:
        body["extend_task_id"] = source.veo4api
    return Spoken(path="/api/video/veo4/generate", body=body)


VEO3GEN_NAMES = {
    "ratio": "aspectRatio", "resolution": "resolution", "duration_s": "durationSeconds", "samples": "sampleCount",
    "seed": "seed", "audio": "generateAudio", "enhance": "enhancePrompt", "negative": "negativePrompt",
    "person": "personGeneration", "first": "image", "last": "lastFrame",
}  # fmt: skip


def _veo3gen(ask: Ask, name: str, source: Source) -> Spoken:
    body = {"prompt": PROMPT, "model": name, **_renamed(ask, VEO3GEN_NAMES)}
    file = ("a.png", PICTURE, "image/png")
    if ask.last:
        files = {"lastFrame": file} | ({"firstFrame": file} if ask.first else {})
        return Spoken(path="/api/veo/first-last-frame", body=body, files=files)
    if ask.first:
        return Spoken(path="/api/veo/image-to-video", body=body, files={"image": file})
    return Spoken(path="/api/veo/text-to-video", body=body)


VEOAPI_NAMES = {"ratio": "aspect_ratio", "duration_s": "duration", "first": "image"}


def _veoapi(ask: Ask, name: str, source: Source) -> Spoken:
    image = {"image": DATA_URL} if ask.first else {}
    return Spoken(
        path="/v1/video/generations",
        body={"model": name, "prompt": PROMPT, **_renamed(ask, VEOAPI_NAMES), **image},
    )


ACEDATA_NAMES = {
    "ratio": "aspect_ratio", "resolution": "resolution", "duration_s": "duration", "first": "image_urls",
    "last": "image_urls", "references": "image_urls", "video": "video_id",
}  # fmt: skip


def _acedata(ask: Ask, name: str, source: Source) -> Spoken | None:
    body = {"model": name, "prompt": PROMPT, "async": True, **_renamed(ask, ACEDATA_NAMES)}
    if ask.video:
        return Spoken(path="/veo/extend", body=body | {"video_id": source.acedata})
    if ask.last and not ask.first:
        return None
    if ask.references:
        # This action has a model of its own, but for the built-in engine's.
        if name != "animatic" and "ingredients" not in name:
            return None
        return Spoken(
            path="/veo/videos", body=body | {"action": "ingredients2video", "image_urls": [DATA_URL] * ask.references}
        )
    if ask.first:
        return Spoken(
            path="/veo/videos",
            body=body | {"action": "image2video", "image_urls": [DATA_URL] * (ask.first + ask.last)},
        )
    return Spoken(path="/veo/videos", body=body | {"action": "text2video"})


VTRIX_NAMES = {
    "ratio": "aspectRatio", "resolution": "resolution", "duration_s": "durationSeconds", "negative": "negativePrompt",
    "person": "personGeneration", "first": "image", "last": "lastFrame", "references": "referenceImages",
    "video": "video",
}  # fmt: skip


def _vtrix(ask: Ask, name: str, source: Source) -> Spoken:
    params = {"prompt": PROMPT, **_renamed(ask, VTRIX_NAMES)}
    image = {"imageBytes": ENCODED, "mimeType": "image/png"}
    params |= {"image": image} if ask.first else {}
    params |= {"lastFrame": image} if ask.last else {}
    params |= (
        {"referenceImages": [{"image": image, "referenceType": "asset"}] * ask.references} if ask.references else {}
    )
    params |= {"video": {"jobId": source.vtrix, "mimeType": "video/mp4"}} if ask.video else {}
    return Spoken(path="/model/v1/generation", body={"model": name, "input": [{"params": params}]})


GEMINI_NAMES = VTRIX_NAMES | {
    "samples": "sampleCount", "audio": "generateAudio", "seed": "seed", "enhance": "enhancePrompt",
}  # fmt: skip


def _google(ask: Ask, video: Mapping[str, str]) -> dict[str, Any]:
    instance: dict[str, Any] = {"prompt": PROMPT}
    instance |= {"image": GOOGLE_PICTURE} if ask.first else {}
    instance |= {"lastFrame": GOOGLE_PICTURE} if ask.last else {}
    if ask.references:
        instance["referenceImages"] = [{"image": GOOGLE_PICTURE, "referenceType": "ASSET"}] * ask.references
    instance |= {"video": video} if ask.video else {}
    return {"instances": [instance], "parameters": _renamed(ask, GEMINI_NAMES)}


def _gemini(ask: Ask, name: str, source: Source) -> Spoken:
    video = {"uri": source.gemini, "encoding": "video/mp4"}
    return Spoken(path=f"/v1beta/models/{name}:predictLongRunning", body=_google(ask, video))


def _vertex(ask: Ask, name: str, source: Source) -> Spoken:
    video = {"bytesBase64Encoded": base64.b64encode(source.content).decode(), "mimeType": "video/mp4"}
    path = f"/v1/projects/p/locations/us-central1/publishers/google/models/{name}:predictLongRunning"
    return Spoken(path=path, body=_google(ask, video))


OPENAI_NAMES = {
    "duration_s": "seconds", "resolution": "size", "ratio": "size", "seed": "seed", "audio": "audio",
    "negative": "negative_prompt", "first": "input_reference", "video": "video",
}  # fmt: skip


def _openai(ask: Ask, name: str, source: Source) -> Spoken | None:
    body = {"prompt": PROMPT, **_renamed(ask, OPENAI_NAMES, "resolution", "ratio")}
    if ask.duration_s is not None:
        body["seconds"] = str(ask.duration_s)
    if ask.video:
        # The model is the source's own.
        told = {"seconds": "4"} | {key: value for key, value in body.items() if key in ("prompt", "seconds")}
        return Spoken(path="/v1/videos/extensions", body=told | {"video": {"id": source.openai}})
    if ask.resolution or ask.ratio:
        if ask.ratio and ask.ratio not in list(AspectRatio):
            return None
        frame = frame_size(Resolution(ask.resolution or "720p"), AspectRatio(ask.ratio or "9:16"))
        body["size"] = "{}x{}".format(*frame)
    body |= {"input_reference": {"image_url": DATA_URL}} if ask.first else {}
    return Spoken(path="/v1/videos", body=body | {"model": name})


def _read_veo4api(status: int, body: Any) -> tuple[str, Sequence[str], str]:
    error = body["error"]
    kinds = {"invalid_fields": "fields", "not_available": "mode"}
    blamed = [each["field"] for each in error.get("fields", ())]
    assert (status, list(body)) == (400, ["error"])
    assert list(error) == ["code", "message", *(["fields"] if blamed else [])]
    return kinds[error["code"]], blamed, error["message"]


def _read_veo3gen(status: int, body: Any) -> tuple[str, Sequence[str], str]:
    kinds = {"INVALID_REQUEST": "fields", "INVALID_MODEL": "mode", "MISSING_IMAGE": "missing"}
    blamed = [each["field"] for each in body.get("details", {}).get("fields", ())]
    assert (status, body["success"]) == (400, False)
    assert list(body) == ["success", "error", "message", *(["details"] if blamed else [])]
    named = (
        body["message"].partition(":")[0] if kinds[body["error"]] == "mode" else body["message"][:-1].rpartition(" ")[2]
    )
    return kinds[body["error"]], blamed or [named], body["message"]


def _read_openai_like(status: int, body: Any) -> tuple[str, Sequence[str], str]:
    error = body["error"]
    kinds = {"invalid_value": "fields", "not_available": "mode"}
    assert (status, list(body), error["type"]) == (400, ["error"], "invalid_request_error")
    assert set(error) == {"message", "type", "code", "param"}
    return kinds[error["code"]], [error["param"]], error["message"]


def _read_acedata(status: int, body: Any) -> tuple[str, Sequence[str], str]:
    error = body["error"]
    kind = {"bad_request": "fields", "api_not_implemented": "mode"}[error["code"]]
    assert (status, list(body), body["success"]) == (400, ["success", "error", "trace_id"], False)
    assert list(error) == ["code", "message"]
    return kind, [error["message"].partition(":")[0].partition("[")[0]], error["message"]


def _read_vtrix(status: int, body: Any) -> tuple[str, Sequence[str], str]:
    code, message = body["error_code"], body["message"]
    assert body == {
        "status": {"code": 400, "message": message, "error_code": code},
        "data": None,
        "message": message,
        "error_code": code,
    }
    assert status == 400
    return {40002: "fields", 40005: "mode"}[code], [part.partition(":")[0] for part in message.split("; ")], message


def _read_google(status: int, body: Any) -> tuple[str, Sequence[str], str]:
    error = body["error"]
    assert (status, list(body)) == (400, ["error"])
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    if "details" not in error:
        return "mode", [error["message"].rpartition(": ")[0].rpartition(" ")[2]], error["message"]
    (detail,) = error["details"]
    assert detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    blamed = [each["field"].rpartition(".")[2] for each in detail["fieldViolations"]]
    return "fields", blamed, error["message"]


WIRES: Mapping[str, Wire] = {
    "veo4api": Wire(names=VEO4API_NAMES, say=_veo4api, success=200, read=_read_veo4api),
    "veo3gen": Wire(names=VEO3GEN_NAMES, say=_veo3gen, success=202, read=_read_veo3gen),
    "veoapi": Wire(names=VEOAPI_NAMES, say=_veoapi, success=200, read=_read_openai_like),
    "acedata": Wire(names=ACEDATA_NAMES, say=_acedata, success=200, read=_read_acedata),
    "vtrix": Wire(names=VTRIX_NAMES, say=_vtrix, success=200, read=_read_vtrix),
    "gemini": Wire(names=GEMINI_NAMES, say=_gemini, success=200, read=_read_google),
    "vertex": Wire(names=GEMINI_NAMES, say=_vertex, success=200, read=_read_google),
    "openai": Wire(names=OPENAI_NAMES, say=_openai, success=200, read=_read_openai_like),
}
