"""The engine port for the built-in engine: it has each sample drawn in a child process of its own.

A crash, a hang or too much memory of a child fails that task alone. Imports no codec: those live in the child.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from reelgate.core.errors import EngineFailed, EngineTimeout, ServerBusy, StorageFull
from reelgate.core.media import frame_size
from reelgate.core.ports import Capabilities, Rendered, RenderedSample, RenderOrder
from reelgate.core.task import AspectRatio, Mode, PersonGeneration, Resolution, Role, TaskSpec, Understanding
from reelgate.kit.children import ChildCrashed, ChildFailed, ChildPool, ChildTimeout, ChildUnavailable, Limits

NAME: Final = "animatic"

CAPABILITIES: Final = Capabilities(
    modes=frozenset({Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO}),
    aspect_ratios=frozenset(AspectRatio),
    resolutions=frozenset({Resolution.P720, Resolution.P1080}),
    duration_min_s=1,
    duration_max_s=60,
    samples_max=4,
    audio=True,
    seeds_exact=True,
    submits_repeatable=True,
    progress_known=True,
    cancel_real=True,
)

#: What a child imports before it is forked.
PRELOAD: Final = ("numpy", "cv2", "av", "reelgate.engines.animatic.child")

_TARGET: Final = "reelgate.engines.animatic.child:render"
_MEMORY_BYTES: Final = 3 << 30
_FILE_BYTES: Final = 2 << 30
#: A 1080p second takes well under a second of two cores; this is for slow and busy machines.
_WALL_S_PER_SECOND: Final = 20
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

            answer = await self._render_sample(order, sample, report_sample)
            made.append(
                RenderedSample(
                    video=order.folder / f"video-{sample}.mp4",
                    thumbnail=order.folder / f"thumbnail-{sample}.jpg",
                ),
            )
            if sample == 0:
                understanding = Understanding(
                    understood=tuple(answer["understood"]),
                    ignored=tuple(answer["ignored"]),
                    approximated=tuple(answer["approximated"]),
                )
        return Rendered(samples=tuple(made), understanding=understanding)

    async def _render_sample(self, order: RenderOrder, sample: int, on_event: Callable[[Any], None]) -> Any:
        wall_s = max(_WALL_MIN_S, order.spec.duration_s * _WALL_S_PER_SECOND)
        limits = Limits(
            memory_bytes=_MEMORY_BYTES,
            cpu_s=wall_s * max(1, self.threads),
            wall_s=wall_s,
            file_bytes=_FILE_BYTES,
        )
        argument = plan_argument(order, sample, self.threads)
        try:
            return await self.children.call(_TARGET, argument, limits=limits, on_event=on_event)
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
    first = next((item.path for item in order.inputs if item.role is Role.FIRST_FRAME), None)
    return {
        "prompt": spec.prompt,
        "negative_prompt": spec.negative_prompt,
        "people_allowed": spec.person_generation is not PersonGeneration.DONT_ALLOW,
        "seed": sample_seed(spec, sample),
        "width": width,
        "height": height,
        "duration_s": spec.duration_s,
        "audio": spec.audio,
        "watermark": spec.watermark,
        "first_frame": None if first is None else str(first),
        "video": str(order.folder / f"video-{sample}.mp4"),
        "thumbnail": str(order.folder / f"thumbnail-{sample}.jpg"),
        "threads": threads,
    }


def sample_seed(spec: TaskSpec, sample: int) -> int:
    """Return the seed of one sample: samples differ, and each can be made again on its own. Pure."""
    return ((spec.seed or 0) + sample) % _SEEDS
