"""The official openai package, unmodified, against the running server: one script runs, the tests read its facts."""

import io
import pathlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from acceptance.client_environments import client_python, run_client
from running import Server, command_facts
from videos import likeness, look_at, picture

VIDEO_KEYS = {
    "id", "completed_at", "created_at", "error", "expires_at", "model", "object", "progress", "prompt",
    "remixed_from_video_id", "seconds", "size", "status",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Where the client saves files."""
    made = tmp_path_factory.mktemp("openai")
    (made / "first.jpg").write_bytes(picture(1280, 720))
    return made


@pytest.fixture(scope="module")
def facts(server: Server, folder: pathlib.Path) -> Any:
    """What came of everything that the client tried."""
    python = client_python("openai")
    keys = [
        command_facts("keys", "create", "--data", str(server.data), "--account", account, "--credits", credit)["key"]
        for account, credit in (("openai", "1000"), ("openai-poor", "10"))
    ]
    return run_client(python, "openai_videos.py", server.url, *keys, str(folder))


def test_a_video_is_created_and_polled(facts: Any) -> None:
    """The helper ends with a completed video that says all there is to say."""
    video = facts["text"]
    assert set(video) == VIDEO_KEYS
    assert (video["status"], video["progress"], video["error"]) == ("completed", 100, None)
    assert (video["model"], video["seconds"], video["size"]) == ("animatic", "1", "1280x720")
    assert video["created_at"] <= video["completed_at"] < video["expires_at"]
    assert facts["retrieved"] == video
    assert int(facts["poll_after_ms"]) > 0


def test_models_are_listed_and_found(facts: Any) -> None:
    """All of them at once, or one by its name."""
    assert {"sora-2", "sora-2-pro", "veo-3"} <= set(facts["models"])
    assert facts["model"] == {
        "id": "sora-2", "object": "model", "created": 0, "owned_by": "reelgate", "name": "Sora 2",
    }  # fmt: skip


def test_the_guide_s_first_call(facts: Any) -> None:
    """A prompt alone is a tall video of four seconds by sora-2."""
    video = facts["sora"]
    assert (video["status"], video["model"], video["seconds"], video["size"]) == (
        "completed", "sora-2", "4", "720x1280",
    )  # fmt: skip


def test_the_larger_model_has_its_own_sizes(facts: Any, folder: pathlib.Path) -> None:
    """Widescreen of seven to four."""
    assert (facts["wide"]["model"], facts["wide"]["size"]) == ("sora-2-pro", "1792x1024")
    clip = look_at(folder / "wide.mp4")
    assert (clip.width, clip.height, clip.frames) == (1792, 1024, 96)


def test_all_variants_are_downloaded(facts: Any, folder: pathlib.Path) -> None:
    """An MP4, a WebP of the same shape, and a sheet of sixteen frames."""
    assert {name: found["type"] for name, found in facts["content"].items()} == {
        "video": "video/mp4",
        "thumbnail": "image/webp",
        "spritesheet": "image/jpeg",
    }
    streamed = pathlib.Path(facts["streamed"])
    clip = look_at(streamed)
    assert (clip.width, clip.height, clip.frames) == (1280, 720, 24)
    with Image.open(facts["content"]["thumbnail"]["path"]) as thumbnail:
        assert thumbnail.format == "WEBP"
        assert thumbnail.width / thumbnail.height == pytest.approx(16 / 9, abs=0.02)
    with Image.open(facts["content"]["spritesheet"]["path"]) as sheet:
        assert (sheet.format, sheet.size) == ("JPEG", (1280, 720))
        tile = io.BytesIO()
        sheet.crop((0, 0, 320, 180)).save(tile, "PNG")
    first = np.asarray(Image.fromarray(clip.first_frame).resize((320, 180)))
    assert likeness(first, tile.getvalue()) > 24


def test_a_video_begins_with_the_picture(facts: Any, folder: pathlib.Path) -> None:
    """A file sent as input_reference is the first frame."""
    assert facts["picture"]["status"] == "completed"
    assert likeness(look_at(folder / "picture.mp4").first_frame, picture(1280, 720)) > 24


def test_a_remix_knows_its_source(facts: Any) -> None:
    """Another prompt, the rest as it was."""
    remix, source = facts["remix"], facts["text"]
    assert (remix["status"], remix["prompt"]) == ("completed", "a boat in a storm")
    assert remix["remixed_from_video_id"] == source["id"]
    assert (remix["model"], remix["seconds"], remix["size"]) == (source["model"], source["seconds"], source["size"])


def test_a_video_is_extended(facts: Any, folder: pathlib.Path) -> None:
    """One that was made here, and one that comes as a file: each is the old video with the new seconds behind it."""
    for name, seconds in (("extended", "5"), ("extended_file", "5")):
        assert (facts[name]["status"], facts[name]["seconds"]) == ("completed", seconds), facts[name]
        clip = look_at(folder / f"{name}.mp4")
        assert (clip.width, clip.height, clip.frames, clip.audio_codec) == (1280, 720, 120, "aac")
    first = look_at(folder / "streamed.mp4").first_frame
    assert np.array_equal(look_at(folder / "extended.mp4").first_frame, first)


def test_an_edit_is_the_scene_once_more(facts: Any) -> None:
    """With another prompt, in the same size and length."""
    edited, source = facts["edited"], facts["text"]
    assert (edited["status"], edited["prompt"]) == ("completed", "a boat at night")
    assert (edited["seconds"], edited["size"]) == (source["seconds"], source["size"])


def test_extra_fields_are_taken_or_ignored(facts: Any) -> None:
    """What the package nests into bracketed fields does no harm."""
    assert facts["extra"]["status"] == "queued"


def test_lists_turn_their_own_pages(facts: Any) -> None:
    """Newest first by default, each video once, and the other way round on demand."""
    made = [facts[name]["id"] for name in ("text", "sora", "picture", "extra", "remix")]
    assert facts["listed"] == made[::-1]
    assert facts["newest"] == made[:2:-1]
    assert facts["oldest_first"] == made


def test_a_deleted_video_is_gone(facts: Any) -> None:
    """From lists and by its id; a live one can be deleted too."""
    gone = facts["text"]["id"]
    assert facts["deleted"] == {"id": gone, "deleted": True, "object": "video.deleted"}
    assert gone not in facts["after_deletion"]
    assert facts["early"]["deleted"]["deleted"] is True
    assert len(facts["after_deletion"]) == 4


def test_the_asynchronous_client_does_the_same(facts: Any) -> None:
    """Create, poll, download and list."""
    made, *listed = facts["async"]
    assert listed[0] == made
    assert len(listed) == 5


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("wrong_key", "AuthenticationError", "invalid_api_key"),
        ("poor", "RateLimitError", "insufficient_quota"),
        ("foreign", "NotFoundError", "not_found"),
        ("deleted", "NotFoundError", "not_found"),
        ("deleted_twice", "NotFoundError", "not_found"),
        ("remix_of_deleted", "NotFoundError", "not_found"),
        ("empty_prompt", "BadRequestError", "invalid_value"),
        ("seconds", "BadRequestError", "invalid_value"),
        ("size", "BadRequestError", "invalid_value"),
        ("model", "BadRequestError", "model_not_found"),
        ("picture", "BadRequestError", "invalid_image"),
        ("edit", "BadRequestError", "not_available"),
        ("extend", "BadRequestError", "invalid_video"),
        ("character", "BadRequestError", "not_available"),
        ("no_character", "NotFoundError", "not_found"),
    ],
)
def test_errors_are_typed_exceptions(facts: Any, name: str, kind: str, code: str) -> None:
    """Each with its code, and the id of the request."""
    refused = facts["refusals"][name]
    assert (refused["kind"], refused["code"], refused["request_id"]) == (kind, code, True)
    assert refused["message"]


def test_content_that_is_asked_for_too_early_is_refused(facts: Any) -> None:
    """The client is told that it is not ready."""
    refused = facts["early"]["refused"]
    assert (refused["kind"], refused["code"]) == ("BadRequestError", "video_not_ready")


def test_sizes_that_cannot_be_made_name_those_that_can(facts: Any) -> None:
    """Field by field, with what the model has."""
    refused = facts["refusals"]["size"]
    assert refused["param"] == "size"
    assert "720x1280 or 1280x720" in refused["message"]
