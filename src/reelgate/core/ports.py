"""The ports: what the core needs from the outside, each as small as it can be. `app` plugs the adapters in."""

import datetime as dt
import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reelgate.core.task import AspectRatio, Mode, Resolution, Role, TaskSpec, Understanding


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> dt.datetime:
        """Return now, in UTC with its time zone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What an engine can do, as data: what it cannot do is decided before a task is accepted."""

    modes: frozenset[Mode]
    aspect_ratios: frozenset[AspectRatio]
    resolutions: frozenset[Resolution]
    #: How many seconds a video may last, ascending.
    durations_s: Sequence[int]
    samples_max: int
    audio: bool
    #: The same request with the same seed gives the same bytes.
    seeds_exact: bool
    #: A submit may be repeated without making, or charging, a second video.
    submits_repeatable: bool
    progress_known: bool
    cancel_real: bool
    #: It can deliver animated GIFs.
    gifs: bool = False
    #: It understands what must not be seen.
    negative_prompts: bool = True
    #: It burns a text of the caller's into a corner.
    watermarks: bool = True
    #: It keeps people out of the picture when told to.
    person_rules: bool = True
    #: It is reached over HTTP.
    remote: bool = False
    #: After this a job that has not ended never will.
    run_max_s: int = 3600
    #: How long a job takes, until jobs have told.
    run_typical_s: int = 60
    #: By id in the catalogue, the lengths of models that take fewer than `durations_s`.
    model_durations_s: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def lengths_s(self, model: str) -> Sequence[int]:
        """Return how many seconds a video of a model of the catalogue may last, ascending."""
        return self.model_durations_s.get(model, self.durations_s)


@dataclass(frozen=True, kw_only=True, slots=True)
class InputFile:
    """An input on local disk, already checked and upright."""

    role: Role
    path: pathlib.Path
    media_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderOrder:
    """What a local engine is told."""

    spec: TaskSpec
    inputs: tuple[InputFile, ...]
    #: An empty folder of this order alone; every file that the engine makes goes there.
    folder: pathlib.Path


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedSample:
    """One finished video on local disk."""

    video: pathlib.Path
    #: JPEG.
    thumbnail: pathlib.Path
    #: The same as an animated GIF, where one was asked for.
    gif: pathlib.Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """What a local engine made."""

    samples: tuple[RenderedSample, ...]
    understanding: Understanding
    #: Samples that a filter of the engine held back, and why.
    filtered: int = 0
    reasons: tuple[str, ...] = ()


class RewriteFailed(Exception):
    """A prompt service gave no usable prompt; the message is a phrase for people."""


class PromptService(Protocol):
    """Translates and enhances prompts, somewhere else."""

    async def rewrite(self, prompt: str, *, translate: bool, enhance: bool) -> str:
        """Return the prompt in English, or richer, or both. It may be repeated, and may then answer otherwise.

        Raises:
            RewriteFailed: it gave nothing usable within its time.

        """


class LocalEngine(Protocol):
    """An engine that works inside the step, on this machine."""

    @property
    def name(self) -> str:
        """Return the name that routes use."""

    @property
    def capabilities(self) -> Capabilities:
        """Return what it can do."""

    async def render(self, order: RenderOrder, report: Callable[[int], None]) -> Rendered:
        """Make the videos of `order`.

        `report` takes the progress, 0 to 100, and is cheap. Cancelling the call ends the work within a second and
        leaves nothing running. It may be repeated with an empty folder.

        Raises:
            EngineError: the video could not be made.
            OperatorError: this machine cannot make it, now or at all.

        """
