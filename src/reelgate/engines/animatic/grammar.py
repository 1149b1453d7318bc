"""Reads a prompt into a scene: the animatic engine's shot grammar.

It must not do I/O, look at a clock or raise on any text. The engine calls `read_prompt` once a task.
"""

import re
from dataclasses import dataclass

from reelgate.core.task import Understanding
from reelgate.engines.animatic.scene import Camera, Figure, Place, Scene, Shot, Subject, TimeOfDay, Weather


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What was made of a prompt."""

    scene: Scene
    understanding: Understanding


def read_prompt(
    prompt: str,
    *,
    negative_prompt: str | None,
    seed: int,
    people_allowed: bool = True,
    from_picture: bool = False,
) -> Reading:
    """Turn a prompt into a scene of at least one shot; the same text and seed give the same scene."""
    del negative_prompt, people_allowed
    words = set(re.findall(r"[a-z]+", prompt.casefold()))
    figures = [f for f in Figure if f.value in words and not from_picture]
    shot = Shot(
        place=next((p for p in Place if p.value in words), Place.OPEN),
        time_of_day=next((t for t in TimeOfDay if t.value in words), TimeOfDay.DAY),
        weather=next((w for w in Weather if w.value in words), Weather.CLEAR),
        camera=Camera.PUSH_IN if {"push", "dolly", "pushes"} & words else Camera.DRIFT,
        subjects=tuple(Subject(figure=f, label=f.value) for f in figures[:6]),
        titles=tuple(re.findall(r'"([^"\n]{1,80})"', prompt)[:2]),
    )
    return Reading(scene=Scene(shots=(shot,), seed=seed % 2**32), understanding=Understanding())
