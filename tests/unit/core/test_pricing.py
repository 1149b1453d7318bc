"""What tasks cost."""

import datetime as dt
import importlib.resources
import tomllib
import uuid
from dataclasses import replace
from typing import Any

import pytest

from reelgate.core.catalogue import catalogue_from
from reelgate.core.ledger import to_credits
from reelgate.core.media import frame_size
from reelgate.core.pricing import Quote, price_charged, price_delivered, price_made, quote
from reelgate.core.task import (
    Artifact,
    ArtifactKind,
    AspectRatio,
    Input,
    Mode,
    Resolution,
    Role,
    State,
    StoredSource,
    Task,
    TaskSpec,
)

CATALOGUE = catalogue_from(tomllib.loads(importlib.resources.files("reelgate").joinpath("catalogue.toml").read_text()))


@pytest.mark.parametrize(
    ("model", "resolution", "audio", "samples", "credits_due"),
    [
        ("veo-4", Resolution.P720, True, 1, 180),
        ("veo-4", Resolution.P1080, True, 1, 240),
        ("veo-3.0", Resolution.P720, True, 1, 500),
        ("veo-3.0", Resolution.P720, False, 1, 250),
        ("veo-3.0-fast", Resolution.P720, True, 2, 380),
        ("veo-3.0-fast", Resolution.P1080, False, 1, 120),
        ("veo-3.1", Resolution.P720, True, 4, 2000),
        ("veo-3.1-fast", Resolution.P720, False, 1, 120),
        ("veo-3.1-lite", Resolution.P720, True, 1, 65),
        ("veo-3.1-lite", Resolution.P720, False, 3, 105),
        ("animatic", Resolution.P1080, True, 4, 0),
    ],
)
def test_prices_are_the_vendors(
    model: str, resolution: Resolution, *, audio: bool, samples: int, credits_due: int
) -> None:
    """The vendors' pages say what a video costs, times the number of samples."""
    spec = TaskSpec(
        mode=Mode.TEXT_TO_VIDEO, model=model, prompt="x", resolution=resolution, audio=audio, samples=samples
    )
    assert to_credits(quote(CATALOGUE.models[model], spec, "veo3gen").microcredits) == credits_due


@pytest.mark.parametrize(
    ("model", "changes", "microcredits"),
    [
        ("veo2-fast", {}, 375_000),
        ("veo31-fast", {}, 648_000),
        ("veo31-fast", {"gif": True}, 648_000),
        ("veo31-fast", {"mode": Mode.EXTEND}, 1_680_000),
        ("veo31", {"mode": Mode.EXTEND, "resolution": Resolution.P1080}, 12_000_000),
        ("veo-upsample", {"mode": Mode.UPSCALE, "resolution": Resolution.P1080}, 160_000),
        ("veo-upsample", {"mode": Mode.UPSCALE, "resolution": Resolution.UHD}, 500_000),
        ("veo-upsample", {"mode": Mode.UPSCALE, "resolution": Resolution.P1080, "gif": True}, 130_000),
    ],
)
def test_prices_depend_on_the_mode_and_the_form(model: str, changes: dict[str, Any], microcredits: int) -> None:
    """Extending costs more than making, and a GIF less than a larger video; parts of a credit count."""
    spec = replace(TaskSpec(mode=Mode.TEXT_TO_VIDEO, model=model, prompt="x"), **changes)
    assert quote(CATALOGUE.models[model], spec, "acedata").microcredits == microcredits


def test_missing_samples_are_not_charged() -> None:
    """A share of the price is due for a share of the videos, rounded in the caller's favour."""
    assert price_delivered(100, 3, 3) == 100
    assert price_delivered(100, 3, 1) == 33
    assert price_delivered(100, 3, 0) == 0
    assert price_delivered(100, 3, 4) == 100


@pytest.mark.parametrize(
    ("dialect", "model", "changes", "credits_due"),
    [
        ("gemini", "veo-3.1", {}, 320),
        ("gemini", "veo-3.1", {"resolution": Resolution.UHD}, 480),
        ("vertex", "veo-3.1", {"audio": False, "duration_s": 4, "samples": 4}, 320),
        ("vertex", "veo-3.1-fast", {"resolution": Resolution.P1080}, 96),
        ("vertex", "veo-3.1-lite", {"audio": False}, 24),
        ("gemini", "veo-3.0-fast", {"resolution": Resolution.P1080, "audio": False}, 80),
        ("gemini", "veo-2.0", {"duration_s": 5}, 175),
        ("vertex", "veo-2.0", {"duration_s": 5}, 250),
        ("vtrix", "veo-3.1-fast", {}, 80),
        ("openai", "sora-2", {"duration_s": 12}, 120),
        ("openai", "sora-2-pro", {"duration_s": 4, "resolution": Resolution.P1080}, 280),
        ("openai", "sora-2-pro", {"duration_s": 4, "resolution": Resolution.P1024}, 200),
        ("gemini", "veo-3.1", {"mode": Mode.EXTEND, "added_s": 7}, 280),
    ],
)
def test_prices_by_the_second(dialect: str, model: str, changes: dict[str, Any], credits_due: int) -> None:
    """A wire may have a price book of its own: seconds times samples times what its vendor takes."""
    spec = replace(TaskSpec(mode=Mode.TEXT_TO_VIDEO, model=model, prompt="x"), **changes)
    assert to_credits(quote(CATALOGUE.models[model], spec, dialect).microcredits) == credits_due


NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


def task_of(spec: TaskSpec, quoted: Quote) -> Task:
    return Task(
        id=uuid.UUID(int=1), account_id=uuid.UUID(int=2), dialect="vertex", spec=spec, state=State.PROCESSING,
        price_microcredits=quoted.microcredits, rates=quoted.rates, created_at=NOW,
    )  # fmt: skip


def video_of(sample: int, duration_s: float | None, width: int | None, height: int | None) -> Artifact:
    return Artifact(
        id=uuid.UUID(int=sample), task_id=uuid.UUID(int=1), kind=ArtifactKind.VIDEO, sample=sample, object_key="x",
        media_type="video/mp4", size_bytes=1, sha256="00", duration_s=duration_s, width_px=width, height_px=height,
        created_at=NOW,
    )  # fmt: skip


FAST = TaskSpec(
    mode=Mode.TEXT_TO_VIDEO, model="veo-3.1-fast", prompt="x", duration_s=8, resolution=Resolution.P1080, samples=2
)


@pytest.mark.parametrize(
    ("delivered", "credits_due"),
    [
        ([(8.0, 1920, 1080), (8.0, 1080, 1920)], 192),
        ([(7.96, 1920, 1080)], 96),
        ([(7.5, 1920, 1080)], 84),
        ([(8.0, 1280, 720)], 80),
        ([(8.0, 640, 360)], 80),
        ([(8.0, 3840, 2160), (60.0, 1920, 1080), (8.0, 1920, 1080)], 192),
        ([(None, None, None)], 96),
        ([(0.1, 1920, 1080)], 0),
        ([], 0),
    ],
)
def test_what_is_delivered_is_charged_by_the_second(
    delivered: list[tuple[float | None, int | None, int | None]], credits_due: int
) -> None:
    """Shorter or smaller costs less, and nothing costs more than was quoted."""
    task = task_of(FAST, quote(CATALOGUE.models["veo-3.1-fast"], FAST, "vertex"))
    videos = tuple(video_of(number, *each) for number, each in enumerate(delivered))
    thumbnail = replace(video_of(9, None, 1920, 1080), kind=ArtifactKind.THUMBNAIL)
    assert to_credits(price_made(task, len(videos), (*videos, thumbnail))) == credits_due
    assert to_credits(price_charged(replace(task, artifacts=videos))) == credits_due


def test_the_whole_of_a_quote_is_charged_for_the_whole_of_a_task() -> None:
    """On every wire, for every model, resolution and length that it has, with sound and without."""
    for model in CATALOGUE.models.values():
        for dialect in model.names:
            for resolution in model.resolutions:
                for duration_s in model.durations_s:
                    spec = replace(FAST, model=model.id, duration_s=duration_s, resolution=resolution, audio=False)
                    quoted = quote(model, spec, dialect)
                    size = frame_size(resolution, AspectRatio.WIDE)
                    videos = tuple(video_of(number, float(duration_s), *size) for number in range(2))
                    assert price_made(task_of(spec, quoted), 2, videos) == quoted.microcredits


@pytest.mark.parametrize(("whole_s", "added_s"), [(11.0, 7), (8.5, 4), (4.1, 0), (60.0, 7), (3.0, 3)])
def test_an_extension_is_charged_by_what_it_adds(whole_s: float, added_s: int) -> None:
    """The source, 4 s here, comes back with it and costs nothing; where it does not, all of the video was added."""
    source = StoredSource(
        object_key="x", media_type="video/mp4", size_bytes=1, sha256="00", width_px=1280, height_px=720, duration_s=4.0
    )
    inputs = (Input(role=Role.SOURCE_VIDEO, source=source, field="video"),)
    spec = replace(FAST, mode=Mode.EXTEND, resolution=Resolution.P720, added_s=7, inputs=inputs, samples=1)
    task = task_of(spec, Quote(microcredits=70, rates={Resolution.P720: 10}))
    assert price_made(task, 1, (video_of(1, whole_s, 1280, 720),)) == 10 * added_s
