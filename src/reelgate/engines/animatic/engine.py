"""The engine port for the built-in engine: it has each sample made in a child process of its own.

A crash, a hang or too much memory of a child fails that task alone. Imports no codec: those live in the child.
"""

import asyncio
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from reelgate.core.errors import EngineFailed, EngineTimeout, ServerBusy, StorageFull
from reelgate.core.media import frame_size, length_s
from reelgate.core.ports import Capabilities, Rendered, RenderedSample, RenderOrder
from reelgate.core.task import AspectRatio, Mode, PersonGeneration, Resolution, Role, TaskSpec, Understanding
from reelgate.kit.children import ChildCrashed, ChildFailed, ChildPool, ChildTimeout, ChildUnavailable, Limits

NAME: Final = "animatic"

CAPABILITIES: Final = Capabilities(
    modes=frozenset(
        {
            Mode.TEXT_TO_VIDEO,
            Mode.IMAGE_TO_VIDEO,
            Mode.FIRST_LAST_FRAME,
            Mode.REFERENCE_TO_VIDEO,
            Mode.EXTEND,
            Mode.UPSCALE,
        }
    ),
    aspect_ratios=frozenset(AspectRatio),
    resolutions=frozenset(Resolution),
    durations_s=range(1, 61),
    samples_max=4,
    audio=True,
    seeds_exact=True,
    submits_repeatable=True,
    progress_known=True,
    cancel_real=True,
    gifs=True,
)

#: What a child imports before it is forked.
PRELOAD: Final = ("numpy", "cv2", "av", "reelgate.engines.animatic.child")

_CHILD: Final = "reelgate.engines.animatic.child"
#: What makes each mode.
_TARGETS: Final = {Mode.EXTEND: f"{_CHILD}:extend", Mode.UPSCALE: f"{_CHILD}:upscale"}
_MEMORY_BYTES: Final = 3 << 30
_FILE_BYTES: Final = 2 << 30
#: A 1080p second takes well under a second of two cores; this is for slow and busy machines.
_WALL_S_PER_SECOND: Final = dict.fromkeys(Resolution, 20) | {Resolution.UHD: 80}
_WALL_MIN_S: Final = 60
_SEEDS: Final = 2**32


@dataclass(frozen=True, kw_only=True, slots=True)
class Animatic:
    """The built-in engine."""

    children: ChildPool
    #: Threads that draw and encode one video.
    threads: int
    name: str = NAME
    capabilities: Capabilities = CAPABILITIES

    async def render(self, order: RenderOrder, report: Callable[[int], None]) -> Rendered:
        """Make the videos of `order`, one after the other; sample n has the seed of the spec plus n.

        Raises:
            EngineFailed: a child crashed or could not draw.
            EngineTimeout: it took too long.
            StorageFull: there is no room for the file.
            ServerBusy: no child could be started, or all were lost; try again later.

        """
        samples = order.spec.samples
        made = []
        understanding = Understanding()
        for sample in range(samples):

            def report_sample(event: Any, sample: int = sample) -> None:
                report((100 * sample + int(event)) // samples)

            answers = await self._make_sample(order, sample, report_sample)
            made.append(
                RenderedSample(
                    video=order.folder / f"video-{sample}.mp4",
                    thumbnail=order.folder / f"thumbnail-{sample}.jpg",
                    gif=order.folder / f"video-{sample}.gif" if order.spec.gif else None,
                ),
            )
            if sample == 0:
                understanding = Understanding(
                    understood=tuple(text for answer in answers for text in answer["understood"]),
                    ignored=tuple(text for answer in answers for text in answer["ignored"]),
                    approximated=tuple(text for answer in answers for text in answer["approximated"]),
                )
        return Rendered(samples=tuple(made), understanding=understanding)

    async def _make_sample(self, order: RenderOrder, sample: int, on_event: Callable[[int], None]) -> list[Any]:
        """Have the video made, and then the GIF of it, where one is wanted; return what their makers say."""
        spec = order.spec
        argument = plan_argument(order, sample, self.threads)
        if not spec.gif:
            return [await self._call(_TARGETS.get(spec.mode, f"{_CHILD}:render"), argument, spec, on_event)]
        if spec.mode is Mode.UPSCALE:
            # The video is the one that there is; every task has one beside its GIF.
            await asyncio.to_thread(shutil.copyfile, str(argument["source"]), str(argument["video"]))
            return [await self._call(f"{_CHILD}:make_gif", argument, spec, on_event)]
        target = _TARGETS.get(spec.mode, f"{_CHILD}:render")
        drawn = await self._call(target, argument, spec, lambda percent: on_event(int(percent) * 6 // 10))
        argument = argument | {"thumbnail": None}
        made = await self._call(
            f"{_CHILD}:make_gif", argument, spec, lambda percent: on_event(60 + int(percent) * 4 // 10)
        )
        return [drawn, made]

    async def _call(
        self, target: str, argument: dict[str, object], spec: TaskSpec, on_event: Callable[[Any], None]
    ) -> Any:
        wall_s = max(_WALL_MIN_S, math.ceil(length_s(spec)) * _WALL_S_PER_SECOND[spec.resolution])
        limits = Limits(
            memory_bytes=_MEMORY_BYTES,
            cpu_s=wall_s * max(1, self.threads),
            wall_s=wall_s,
            file_bytes=_FILE_BYTES,
        )
        try:
            return await self.children.call(target, argument, limits=limits, on_event=on_event)
        except ChildFailed as error:
            if error.code == StorageFull.code:
                raise StorageFull("There is no room left for the video.") from error
            raise EngineFailed("The video could not be made.") from error
        except ChildUnavailable as error:
            raise ServerBusy("The server cannot make videos right now.") from error
        except ChildCrashed as error:
            raise EngineFailed("The renderer stopped before the video was finished.") from error
        except ChildTimeout as error:
            raise EngineTimeout("The video took too long to make.") from error


def plan_argument(order: RenderOrder, sample: int, threads: int) -> dict[str, object]:
    """Return what the child is told about one sample. Pure."""
    spec = order.spec
    width, height = frame_size(spec.resolution, spec.aspect_ratio)
    paths = {item.role: str(item.path) for item in order.inputs}
    return {
        "prompt": spec.prompt,
        "negative_prompt": spec.negative_prompt,
        "people_allowed": spec.person_generation is not PersonGeneration.DONT_ALLOW,
        "seed": sample_seed(spec, sample),
        "width": width,
        "height": height,
        "duration_s": spec.extension_s if spec.mode is Mode.EXTEND else spec.duration_s,
        "audio": spec.audio,
        "watermark": spec.watermark,
        "first_frame": paths.get(Role.FIRST_FRAME),
        "last_frame": paths.get(Role.LAST_FRAME),
        "references": [str(item.path) for item in order.inputs if item.role is Role.REFERENCE],
        "source": paths.get(Role.SOURCE_VIDEO),
        "source_s": spec.source_video.duration_s if spec.source_video else None,
        "video": str(order.folder / f"video-{sample}.mp4"),
        "gif": str(order.folder / f"video-{sample}.gif"),
        "thumbnail": str(order.folder / f"thumbnail-{sample}.jpg"),
        "threads": threads,
    }


def sample_seed(spec: TaskSpec, sample: int) -> int:
    """Return the seed of one sample: samples differ, and each can be made again on its own. Pure."""
    return ((spec.seed or 0) + sample) % _SEEDS
