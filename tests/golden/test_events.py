"""What receivers of webhooks are told, byte for byte: the cases `event_*.json` of the wires that have words for it."""

import json
import pathlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from reelgate.core.catalogue import Catalogue
from reelgate.core.task import State, Task
from reelgate.dialects.gemini import translate as gemini
from reelgate.dialects.openai import translate as openai
from reelgate.dialects.veo4api import translate as veo4api

CASES = sorted(pathlib.Path(__file__).parent.glob("*/event_*.json"))
VIDEO_URL = "https://cdn.example/video.mp4"
PUBLIC_URL = "https://reelgate.example"
METADATA = '{"order":7}'


def event_of(wire: str, task: Task, catalogue: Catalogue) -> msgspec.Struct:
    """Return what a wire tells of a task."""
    if wire == "openai":
        return openai.to_event(task)
    if wire == "gemini":
        task = replace(task, spec=replace(task.spec, webhook_metadata=METADATA))
        return gemini.to_event(task, catalogue, PUBLIC_URL)
    return veo4api.to_event(task, catalogue, video_url=VIDEO_URL if task.state is State.SUCCEEDED else None)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_end_of_a_task_is_told(
    path: pathlib.Path, task_of: Callable[[dict[str, Any]], Task], catalogue: Catalogue
) -> None:
    """Field for field, in the order of the source."""
    case = json.loads(path.read_text(encoding="utf-8"))
    assert case["source"]
    told = event_of(path.parent.name, task_of(case["task"]), catalogue)
    assert msgspec.json.encode(told) == msgspec.json.encode(case["event"])


def test_every_wire_with_words_for_it_has_cases() -> None:
    """Of every end; veoapi and acedata tell what they answer anyway."""
    assert [(path.parent.name, path.stem) for path in CASES] == [
        (wire, f"event_{state}")
        for wire in ("gemini", "openai", "veo4api")
        for state in ("canceled", "failed", "succeeded")
    ]
