"""What tasks cost."""

import importlib.resources
import tomllib
from dataclasses import replace
from typing import Any

import pytest

from reelgate.core.catalogue import catalogue_from
from reelgate.core.ledger import to_credits
from reelgate.core.pricing import price_delivered, quote
from reelgate.core.task import Mode, Resolution, TaskSpec

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
    assert to_credits(quote(CATALOGUE.models[model], spec)) == credits_due


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
    assert quote(CATALOGUE.models[model], spec) == microcredits


def test_missing_samples_are_not_charged() -> None:
    """A share of the price is due for a share of the videos, rounded in the caller's favour."""
    assert price_delivered(100, 3, 3) == 100
    assert price_delivered(100, 3, 1) == 33
    assert price_delivered(100, 3, 0) == 0
    assert price_delivered(100, 3, 4) == 100
