"""What a task costs. Pure; quoted before it is accepted and charged by what was delivered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reelgate.core.catalogue import Model, Price
from reelgate.core.task import Artifact, ArtifactKind, Mode, Resolution, Task, TaskSpec

#: A video that is shorter than whole seconds by less than this has them: containers round.
SLACK_S: Final = 0.25
#: The shorter side of each resolution, in pixels, ascending.
_SIDES: Final = {Resolution.P720: 720, Resolution.P1024: 1024, Resolution.P1080: 1080, Resolution.UHD: 2160}


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """What a task will cost if all of it is delivered."""

    #: To reserve; never more is charged (L5).
    microcredits: int
    #: By resolution, what each delivered second costs; None where the model is not priced by the second.
    rates: Mapping[Resolution, int] | None = None


def price_for(
    model: Model,
    dialect: str | None,
    *,
    audio: bool,
    resolution: Resolution,
    mode: Mode = Mode.TEXT_TO_VIDEO,
    gif: bool = False,
) -> Price:
    """Return the price on a wire: the first of its own book, or else of the model's, whose conditions hold."""
    name = model.names.get(dialect) if dialect else None
    return next(
        price
        for price in (name.prices if name and name.prices else model.prices)
        if price.audio in (None, audio)
        and price.resolution in (None, resolution)
        and price.mode in (None, mode)
        and price.gif in (None, gif)
    )


def video_price(model: Model, dialect: str | None, *, audio: bool, resolution: Resolution, duration_s: int) -> int:
    """Return the microcredits of one video from a text."""
    price = price_for(model, dialect, audio=audio, resolution=resolution)
    return price.microcredits * (duration_s if price.per_second else 1)


def quote(model: Model, spec: TaskSpec, dialect: str | None) -> Quote:
    """Return what to reserve for `spec` when it comes in through a wire."""

    def price_at(resolution: Resolution) -> Price:
        return price_for(model, dialect, audio=spec.audio, resolution=resolution, mode=spec.mode, gif=spec.gif)

    price = price_at(spec.resolution)
    if not price.per_second:
        return Quote(microcredits=price.microcredits * spec.samples)
    below = [each for each in _SIDES if _SIDES[each] <= _SIDES[spec.resolution]]
    rates = {
        each: min(found.microcredits, price.microcredits) for each in below if (found := price_at(each)).per_second
    }
    return Quote(microcredits=price.microcredits * _asked_s(spec) * spec.samples, rates=rates)


def price_made(task: Task, samples_made: int, files: Sequence[Artifact]) -> int:
    """Return the microcredits to charge for what was made: by the second where the task is priced so, else by sample.

    A video that is shorter or smaller than what was asked for costs less, one that is longer or larger no more.
    """
    if task.rates is None:
        return price_delivered(task.price_microcredits, task.spec.samples, samples_made)
    videos = [file for file in files if file.kind is ArtifactKind.VIDEO][: task.spec.samples]
    due = sum(_seconds(task, video) * _rate(task.rates, task.spec.resolution, video) for video in videos)
    return min(due, task.price_microcredits)


def price_charged(task: Task) -> int:
    """Return what a task that has succeeded was charged, as far as its files tell."""
    videos = task.files(ArtifactKind.VIDEO)
    return price_made(task, len(videos), videos)


def price_delivered(reserved_microcredits: int, samples_asked: int, samples_delivered: int) -> int:
    """Return the microcredits to charge when some samples did not arrive; rounded down, in the caller's favour."""
    return reserved_microcredits * min(samples_delivered, samples_asked) // samples_asked


def _asked_s(spec: TaskSpec) -> int:
    """Return the seconds that are made: of an extension, those that it adds."""
    return spec.extension_s if spec.mode is Mode.EXTEND else spec.duration_s


def _seconds(task: Task, video: Artifact) -> int:
    if video.duration_s is None:
        return _asked_s(task.spec)
    made_s = video.duration_s
    source = task.spec.source_video
    if task.spec.mode is Mode.EXTEND and source is not None and source.duration_s and made_s > source.duration_s:
        # The source comes back with what was added to it.
        made_s -= source.duration_s
    return min(_asked_s(task.spec), int(made_s + SLACK_S))


def _rate(rates: Mapping[Resolution, int], asked: Resolution, video: Artifact) -> int:
    if video.width_px is None or video.height_px is None:
        return rates[asked]
    side = min(video.width_px, video.height_px)
    reached = [rate for resolution, rate in rates.items() if _SIDES[resolution] <= side]
    # Smaller than the smallest that has a price costs as much as that.
    return reached[-1] if reached else next(iter(rates.values()))
