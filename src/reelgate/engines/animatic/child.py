"""The child's side of the engine: read the prompt, draw the scene, write the files. Runs in a limited process.

Called by `engine` through the child pool, by name; it must not be imported by the server, as it brings the codecs.
"""

import contextlib
import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from reelgate.core.errors import StorageFull
from reelgate.core.task import Understanding
from reelgate.engines.animatic.drawing.titles import warm_up
from reelgate.engines.animatic.extend import Source, extend_video, known_of
from reelgate.engines.animatic.footage import look_at, write_still
from reelgate.engines.animatic.gif import write_gif
from reelgate.engines.animatic.grammar import Reading, read_prompt
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.pictures import with_pictures
from reelgate.engines.animatic.reading.glossary import LANGUAGES, load_language
from reelgate.engines.animatic.render import render_video
from reelgate.engines.animatic.scene import Scene, Shot
from reelgate.engines.animatic.sound import soundtrack
from reelgate.engines.animatic.upscale import UpscalePlan, upscale_video
from reelgate.kit.child_wire import ChildError

# Loaded once, before the first fork: words take a tenth of a second and letters a fiftieth. Neither starts a thread.
for _language in LANGUAGES:
    load_language(_language)
warm_up()


def render(argument: dict[str, Any], emit: Callable[[object], None]) -> dict[str, list[str]]:
    """Make one video as `engine.plan_argument` describes it; emits the progress, 0 to 100.

    Raises:
        ChildError: there is no room for the file.

    """
    reading = _read(argument, from_picture=argument["first_frame"] is not None)
    with _no_room():
        pictures = render_video(_job(argument, reading.scene), emit)
    return _listed(with_pictures(reading.understanding, pictures, reading.scene))


def extend(argument: dict[str, Any], emit: Callable[[object], None]) -> dict[str, list[str]]:
    """Continue a video as `engine.plan_argument` describes it; emits the progress, 0 to 100.

    Raises:
        ChildError: there is no room for the file.

    """
    path = Path(argument["source"])
    facts = look_at(path, argument["source_s"])
    source = Source(path=path, facts=facts, known=known_of(facts))
    before = source.known.spans[-1].shot if source.known else None
    reading = _read(argument, from_picture=source.drawn is None, before=before)
    with _no_room():
        extend_video(source, _job(argument, reading.scene), emit)
    notes = _listed(reading.understanding)
    if source.drawn:
        notes["understood"].insert(0, "the scene of the video, which goes on")
    else:
        notes["approximated"].insert(0, "the video: its last frame is moved over, as its scene is not known")
    return notes


def upscale(argument: dict[str, Any], emit: Callable[[object], None]) -> dict[str, list[str]]:
    """Make a video anew in another size, as `engine.plan_argument` describes it; emits the progress, 0 to 100.

    Raises:
        ChildError: there is no room for the file.

    """
    plan = UpscalePlan(
        source=Path(argument["source"]),
        length_s=argument["source_s"],
        width=argument["width"],
        height=argument["height"],
        audio=argument["audio"],
        video_path=Path(argument["video"]),
        thumbnail_path=Path(argument["thumbnail"]),
        workers=argument["threads"],
    )
    with _no_room():
        upscale_video(plan, emit)
    return {
        "understood": [f"size: {plan.width}x{plan.height}"],
        "ignored": [],
        "approximated": ["detail: frames are resampled (Lanczos), which makes them larger and adds none"],
    }


def make_gif(argument: dict[str, Any], emit: Callable[[object], None]) -> dict[str, list[str]]:
    """Write the video at `argument["video"]` as an animated GIF to `argument["gif"]`; emits the progress, 0 to 100.

    Raises:
        ChildError: there is no room for the file.

    """
    with _no_room():
        size = write_gif(Path(argument["video"]), Path(argument["gif"]), emit)
    if thumbnail := argument["thumbnail"]:
        write_still(Path(argument["video"]), Path(thumbnail))
    return {
        "understood": [f"GIF: {size.width}x{size.height}, {float(size.rate):g} frames a second, without sound"],
        "ignored": [],
        "approximated": [],
    }


def _read(argument: dict[str, Any], *, from_picture: bool, before: Shot | None = None) -> Reading:
    return read_prompt(
        argument["prompt"],
        negative_prompt=argument["negative_prompt"],
        seed=argument["seed"],
        people_allowed=argument["people_allowed"],
        from_picture=from_picture,
        before=before,
    )


def _job(argument: dict[str, Any], scene: Scene) -> RenderJob:
    first_frame, last_frame, duration_s = argument["first_frame"], argument["last_frame"], argument["duration_s"]
    return RenderJob(
        scene=scene,
        width=argument["width"],
        height=argument["height"],
        duration_s=duration_s,
        video_path=Path(argument["video"]),
        thumbnail_path=Path(argument["thumbnail"]),
        first_frame=Path(first_frame) if first_frame else None,
        last_frame=Path(last_frame) if last_frame else None,
        references=tuple(Path(path) for path in argument["references"]),
        watermark=argument["watermark"],
        soundtrack=(lambda: soundtrack(scene, duration_s)) if argument["audio"] else None,
        workers=argument["threads"],
    )


@contextlib.contextmanager
def _no_room() -> Iterator[None]:
    """Say what it means when a file cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ChildError(StorageFull.code, "no room for the video") from error
        raise


def _listed(understanding: Understanding) -> dict[str, list[str]]:
    return {
        "understood": list(understanding.understood),
        "ignored": list(understanding.ignored),
        "approximated": list(understanding.approximated),
    }
