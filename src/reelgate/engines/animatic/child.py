"""The child's side of the engine: read the prompt, draw the scene, write the files. Runs in a limited process.

Called by `engine` through the child pool, by name; it must not be imported by the server, as it brings the codecs.
"""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reelgate.core.errors import StorageFull
from reelgate.engines.animatic.drawing.titles import warm_up
from reelgate.engines.animatic.grammar import LANGUAGES, read_prompt
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.reading.lexicon import load_lexicon
from reelgate.engines.animatic.render import render_video
from reelgate.engines.animatic.sound import soundtrack
from reelgate.kit.child_wire import ChildError

# Loaded once, before the first fork: words take a tenth of a second and letters a fiftieth. Neither starts a thread.
for _language in LANGUAGES:
    load_lexicon(_language)
warm_up()


def render(argument: dict[str, Any], emit: Callable[[object], None]) -> dict[str, list[str]]:
    """Make one video as `engine.plan_argument` describes it; emits the progress, 0 to 100.

    Raises:
        ChildError: there is no room for the file.

    """
    first_frame = argument["first_frame"]
    reading = read_prompt(
        argument["prompt"],
        negative_prompt=argument["negative_prompt"],
        seed=argument["seed"],
        people_allowed=argument["people_allowed"],
        from_picture=first_frame is not None,
    )
    scene, duration_s = reading.scene, argument["duration_s"]
    job = RenderJob(
        scene=scene,
        width=argument["width"],
        height=argument["height"],
        duration_s=duration_s,
        video_path=Path(argument["video"]),
        thumbnail_path=Path(argument["thumbnail"]),
        first_frame=Path(first_frame) if first_frame else None,
        watermark=argument["watermark"],
        soundtrack=(lambda: soundtrack(scene, duration_s)) if argument["audio"] else None,
        workers=argument["threads"],
    )
    try:
        render_video(job, emit)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ChildError(StorageFull.code, "no room for the video") from error
        raise
    understanding = reading.understanding
    return {
        "understood": list(understanding.understood),
        "ignored": list(understanding.ignored),
        "approximated": list(understanding.approximated),
    }
