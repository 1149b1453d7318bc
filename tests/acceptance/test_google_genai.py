"""The official google-genai package, unmodified, against the running server, in the two versions that have Veo.

2.34.0 is the last with Veo in Gemini mode; later ones have it in Vertex mode alone. One script runs for each, the tests
read its facts.
"""

import pathlib
import re
from typing import Any

import numpy as np
import pytest

from acceptance.client_environments import client_python, run_client
from running import Server, command_facts
from videos import likeness, look_at, mirrored, picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Where the clients save files."""
    made = tmp_path_factory.mktemp("google")
    (made / "first.jpg").write_bytes(picture(1280, 720))
    (made / "last.jpg").write_bytes(mirrored(1280, 720, "JPEG"))
    return made


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    """The key of an account of the clients' own."""
    created = command_facts("keys", "create", "--data", str(server.data), "--account", "google", "--credits", "5000")
    made: str = created["key"]
    return made


@pytest.fixture(scope="module")
def gemini(server: Server, folder: pathlib.Path, key: str) -> Any:
    """What came of everything that was tried in Gemini mode."""
    return run_client(client_python("google-genai-2"), "gemini_veo.py", server.url, key, str(folder))


@pytest.fixture(scope="module")
def vertex(server: Server, folder: pathlib.Path, key: str) -> Any:
    """What came of everything that was tried in Vertex mode."""
    return run_client(client_python("google-genai-3"), "vertex_veo.py", server.url, key, str(folder))


def test_a_video_is_generated_polled_downloaded_and_saved(gemini: Any, folder: pathlib.Path) -> None:
    """The SDK's own example works, with names and uris that it reads whole."""
    assert gemini["version"] == "2.34.0"
    made = gemini["text"]
    assert re.fullmatch(r"models/animatic/operations/[a-z0-9]{12}", made["name"])
    assert (made["done_at_first"], made["filtered"], len(made["uris"])) == (None, None, 2)
    for uri in made["uris"]:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1beta/files/[a-z0-9]{12}:download\?alt=media", uri)
    facts = look_at(folder / "text.mp4")
    assert (facts.width, facts.height, facts.frames, facts.audio_codec) == (720, 1280, 24, "aac")


def test_a_veo_model_makes_what_was_asked(gemini: Any, folder: pathlib.Path) -> None:
    """A model of Google's name gives its own lengths."""
    assert gemini["veo"]["name"].startswith("models/veo-3.1-lite-generate-preview/operations/")
    facts = look_at(folder / "veo.mp4")
    assert (facts.width, facts.height, facts.frames) == (1280, 720, 96)


def test_a_video_starts_from_a_picture(gemini: Any, folder: pathlib.Path) -> None:
    """The bytes that the SDK inlines are the first frame."""
    assert gemini["image"]["uris"]
    assert likeness(look_at(folder / "image.mp4").first_frame, (folder / "first.jpg").read_bytes()) > 24


def test_a_video_goes_from_one_picture_to_another(gemini: Any, folder: pathlib.Path) -> None:
    """What the SDK sends as image and last frame are the two ends of the video."""
    assert gemini["between"]["uris"]
    facts = look_at(folder / "between.mp4")
    assert likeness(facts.first_frame, (folder / "first.jpg").read_bytes()) > 26
    assert likeness(facts.last_frame, (folder / "last.jpg").read_bytes()) > 26
    assert likeness(facts.middle_frame, (folder / "first.jpg").read_bytes()) < 24


@pytest.mark.parametrize("name", ["extended", "extended_bytes"])
def test_a_video_is_extended_into_one_file(gemini: Any, folder: pathlib.Path, name: str) -> None:
    """By its uri or its bytes: seven seconds are added, in the video's own shape; it begins as it did."""
    assert gemini[name]["uris"]
    facts, before = look_at(folder / f"{name}.mp4"), look_at(folder / "text.mp4")
    assert (facts.width, facts.height, facts.frames, facts.audio_codec) == (720, 1280, 24 + 7 * 24, "aac")
    assert np.array_equal(facts.first_frame, before.first_frame)


@pytest.mark.parametrize(
    ("name", "code", "status", "words"),
    [
        ("ratio", 400, "INVALID_ARGUMENT", "`aspectRatio` does not support `1:7` as a valid value.  Please refer"),
        ("person", 400, "INVALID_ARGUMENT", "dont_allow for personGeneration is currently not supported."),
        ("duration", 400, "INVALID_ARGUMENT", "`durationSeconds` is out of bound"),
        ("hd", 400, "INVALID_ARGUMENT", "`durationSeconds` must be 8 when resolution is 1080p, not 4."),
        ("model", 404, "NOT_FOUND", "models/veo-9.0-generate-001 is not found for API version v1beta"),
        ("last_frame_alone", 400, "INVALID_ARGUMENT", "`lastFrame` needs `image`"),
        ("picture", 400, "INVALID_ARGUMENT", "image: is not a picture"),
        ("video", 403, "PERMISSION_DENIED", "You do not have permission to access the File abcdefghijkl"),
        ("operation", 403, "PERMISSION_DENIED", "Operation with ID abcdefghijkl or it may not exist."),
        ("file", 403, "PERMISSION_DENIED", "File abcdefghijkl or it may not exist."),
        ("wrong_key", 400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    ],
)
def test_refusals_are_the_sdk_s_own_errors(gemini: Any, name: str, code: int, status: str, words: str) -> None:
    """Each refusal is a ClientError with the status and the words of the wire."""
    refused = gemini["refusals"][name]
    assert (refused["type"], refused["code"], refused["status"]) == ("ClientError", code, status)
    assert words in refused["message"]


def test_references_are_shown(gemini: Any, folder: pathlib.Path) -> None:
    """What the SDK sends as assets is made into a video."""
    assert gemini["shown"]["uris"]
    assert look_at(folder / "shown.mp4").frames == 24


def test_models_are_listed_over_pages(gemini: Any) -> None:
    """The SDK's pager finds every model once."""
    assert len(gemini["models"]) == len(set(gemini["models"])) == 6
    assert gemini["model"]["supported_actions"] == ["predictLongRunning"]


def test_vertex_mode_brings_the_videos_along(vertex: Any, folder: pathlib.Path) -> None:
    """In a project, with a token: both samples come in the answer and are saved as they are."""
    assert vertex["version"].startswith("3.")
    made = vertex["project"]
    place = "projects/my-project/locations/us-central1/publishers/google/models/animatic/operations/"
    assert made["name"].startswith(place)
    assert (made["done_at_first"], made["filtered"], made["types"]) == (None, 0, ["video/mp4"] * 2)
    for number in range(2):
        facts = look_at(folder / f"project-{number}.mp4")
        assert (facts.width, facts.height, facts.frames, facts.audio_codec) == (720, 1280, 24, None)


def test_vertex_mode_works_with_a_key(vertex: Any, folder: pathlib.Path) -> None:
    """Without a project: the path is the publisher's, the picture is the first frame."""
    assert vertex["key"]["name"].startswith("publishers/google/models/veo-3.1-fast-generate-001/operations/")
    facts = look_at(folder / "key-0.mp4")
    assert (facts.frames, facts.audio_codec) == (96, "aac")
    assert likeness(facts.first_frame, (folder / "first.jpg").read_bytes()) > 24


def test_vertex_mode_extends_what_it_brought(vertex: Any, folder: pathlib.Path) -> None:
    """The bytes of one answer are the video of the next request."""
    assert vertex["extended"]["types"] == ["video/mp4"]
    facts = look_at(folder / "extended-vertex-0.mp4")
    assert (facts.width, facts.height, facts.frames, facts.audio_codec) == (720, 1280, 24 + 7 * 24, None)


def test_vertex_mode_has_videos_put_into_a_bucket(server: Server, vertex: Any) -> None:
    """The SDK is told where they are, and goes on from one by its URI."""
    (first,), (second,) = vertex["stored"]["uris"], vertex["extended_in_bucket"]["uris"]
    frames = {}
    for uri in (first, second):
        assert re.fullmatch(r"gs://film/veo/team/[0-9a-f]{32}-[0-9]+/sample_0\.mp4", uri)
        frames[uri] = look_at(server.data.parent / "film" / uri.removeprefix("gs://film/veo/")).frames
    assert (frames[first], frames[second]) == (24, 48)


@pytest.mark.parametrize(
    ("name", "code", "status", "words"),
    [
        ("wrong_key", 401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        ("model", 404, "NOT_FOUND", "was not found or your project does not have access to it."),
        ("bucket", 400, "INVALID_ARGUMENT", "`storageUri` is under no bucket that is mapped here: gs://bucket/veo."),
        ("ratio", 400, "INVALID_ARGUMENT", "`aspectRatio` must be"),
        ("mask", 400, "INVALID_ARGUMENT", "`mask` is not available"),
    ],
)
def test_vertex_refusals_are_the_sdk_s_own_errors(vertex: Any, name: str, code: int, status: str, words: str) -> None:
    """Each refusal is a ClientError with the status and the words of the wire."""
    refused = vertex["refusals"][name]
    assert (refused["type"], refused["code"], refused["status"]) == ("ClientError", code, status)
    assert words in refused["message"]


def test_tasks_of_both_wires_are_seen_through_another(server: Server, gemini: Any, vertex: Any, key: str) -> None:
    """One account's tasks are one history, whatever wire they came in through; refusals left none."""
    assert gemini
    assert vertex
    with server.client(key) as client:
        history = client.get("/api/veo/history", params={"limit": 100}).json()
    assert {entry["status"] for entry in history["videos"]} == {"completed"}
    assert history["pagination"]["total"] == 12
