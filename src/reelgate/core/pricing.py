"""What a task costs. Pure; quoted before it is accepted and charged by what was delivered."""

from reelgate.core.catalogue import Model
from reelgate.core.task import Mode, Resolution, TaskSpec


def video_price(
    model: Model,
    *,
    audio: bool,
    resolution: Resolution,
    mode: Mode = Mode.TEXT_TO_VIDEO,
    gif: bool = False,
) -> int:
    """Return the microcredits of one video: the first price whose conditions hold."""
    return next(
        price.microcredits
        for price in model.prices
        if price.audio in (None, audio)
        and price.resolution in (None, resolution)
        and price.mode in (None, mode)
        and price.gif in (None, gif)
    )


def quote(model: Model, spec: TaskSpec) -> int:
    """Return the microcredits to reserve for `spec`."""
    price = video_price(model, audio=spec.audio, resolution=spec.resolution, mode=spec.mode, gif=spec.gif)
    return price * spec.samples


def price_delivered(reserved_microcredits: int, samples_asked: int, samples_delivered: int) -> int:
    """Return the microcredits to charge when some samples did not arrive; rounded down, in the caller's favour."""
    return reserved_microcredits * min(samples_delivered, samples_asked) // samples_asked
