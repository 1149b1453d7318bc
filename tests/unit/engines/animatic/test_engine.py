"""What the built-in engine tells its children, and what it makes of how they end."""

import pathlib
from collections.abc import Callable
from typing import Any, cast

import pytest

from fakes import make_spec
from reelgate.core.errors import EngineFailed, EngineTimeout, ReelgateError, ServerBusy, StorageFull
from reelgate.core.ports import InputFile, RenderOrder
from reelgate.core.task import (
    AspectRatio,
    Input,
    Mode,
    PersonGeneration,
    Resolution,
    Role,
    StoredSource,
    TaskSpec,
    Understanding,
)
from reelgate.engines.animatic.engine import CAPABILITIES, Animatic, plan_argument, sample_seed
from reelgate.kit.children import ChildCrashed, ChildFailed, ChildPool, ChildTimeout, ChildUnavailable, Limits

FOLDER = pathlib.Path("/scratch/order")


class FakeChildren:
    """Does at once what a test says, and remembers the calls."""

    def __init__(self, *problems: Exception, events: tuple[int, ...] = ()) -> None:
        """Fail one call after the other with the given problems, then succeed."""
        self.problems = list(problems)
        self.events = events
        self.calls: list[tuple[str, dict[str, Any], Limits]] = []

    async def call(
        self, target: str, argument: dict[str, Any], *, limits: Limits, on_event: Callable[[Any], None]
    ) -> dict[str, list[str]]:
        """Answer as a child does."""
        self.calls.append((target, argument, limits))
        for event in self.events:
            on_event(event)
        if self.problems:
            raise self.problems.pop(0)
        return {"understood": [f"sample {len(self.calls)}"], "ignored": ["the"], "approximated": []}


def order(files: tuple[InputFile, ...] = (), **changes: Any) -> RenderOrder:
    return RenderOrder(spec=make_spec(**changes), inputs=files, folder=FOLDER)


def engine(children: FakeChildren) -> Animatic:
    return Animatic(children=cast("ChildPool", children), threads=2)


def ignore(_percent: int) -> None:
    """Take a progress."""


def test_a_child_is_told_everything() -> None:
    """Sizes, times and paths are worked out here."""
    picture = InputFile(role=Role.FIRST_FRAME, path=FOLDER / "input-0", media_type="image/png")
    asked = order(
        (picture,),
        aspect_ratio=AspectRatio.TALL,
        resolution=Resolution.P1080,
        duration_s=4,
        audio=False,
        watermark="mine",
        negative_prompt="rain",
        seed=2**32 - 1,
        samples=2,
        person_generation=PersonGeneration.DONT_ALLOW,
    )
    assert plan_argument(asked, 1, 3) == {
        "prompt": "a boat",
        "negative_prompt": "rain",
        "people_allowed": False,
        "seed": 0,
        "width": 1080,
        "height": 1920,
        "duration_s": 4,
        "audio": False,
        "watermark": "mine",
        "first_frame": "/scratch/order/input-0",
        "last_frame": None,
        "references": [],
        "source": None,
        "source_s": None,
        "video": "/scratch/order/video-1.mp4",
        "gif": "/scratch/order/video-1.gif",
        "thumbnail": "/scratch/order/thumbnail-1.jpg",
        "threads": 3,
    }


@pytest.mark.parametrize("person_generation", [None, PersonGeneration.ALLOW_ALL, PersonGeneration.ALLOW_ADULT])
def test_people_are_allowed_unless_they_are_not(person_generation: PersonGeneration | None) -> None:
    """And without a picture there is none."""
    argument = plan_argument(order(person_generation=person_generation), 0, 1)
    assert (argument["people_allowed"], argument["first_frame"]) == (True, None)


def test_each_picture_is_for_what_its_role_says() -> None:
    """Whatever their order."""
    last = InputFile(role=Role.LAST_FRAME, path=FOLDER / "input-0", media_type="image/png")
    assert plan_argument(order((last,)), 0, 1)["first_frame"] is None
    first = InputFile(role=Role.FIRST_FRAME, path=FOLDER / "input-1", media_type="image/png")
    argument = plan_argument(order((last, first)), 0, 1)
    assert (argument["first_frame"], argument["last_frame"]) == ("/scratch/order/input-1", "/scratch/order/input-0")
    references = tuple(
        InputFile(role=Role.REFERENCE, path=FOLDER / f"input-{number}", media_type="image/png") for number in range(3)
    )
    assert plan_argument(order(references), 0, 1)["references"] == [str(item.path) for item in references]


def test_each_sample_has_a_seed_of_its_own() -> None:
    """One that can be asked for by itself, in the range of seeds."""
    spec: TaskSpec = make_spec(seed=2**32 - 2)
    assert [sample_seed(spec, sample) for sample in range(4)] == [2**32 - 2, 2**32 - 1, 0, 1]
    assert sample_seed(make_spec(seed=sample_seed(spec, 1)), 0) == sample_seed(spec, 1)
    assert sample_seed(make_spec(seed=None), 0) == 0


async def test_samples_are_made_one_after_the_other() -> None:
    """Each in a child of its own; how the first was read counts, and progress goes over all."""
    children, seen = FakeChildren(events=(0, 50, 100)), list[int]()
    rendered = await engine(children).render(order(samples=2), seen.append)
    assert [call[1]["seed"] for call in children.calls] == [7, 8]
    assert [sample.video.name for sample in rendered.samples] == ["video-0.mp4", "video-1.mp4"]
    assert [sample.thumbnail.name for sample in rendered.samples] == ["thumbnail-0.jpg", "thumbnail-1.jpg"]
    assert rendered.understanding == Understanding(understood=("sample 1",), ignored=("the",))
    assert seen == [0, 25, 50, 50, 75, 100]


async def test_an_extension_is_another_child_s_work() -> None:
    """It is told what to continue and by how much, and has time for all of it."""
    children = FakeChildren()
    video = InputFile(role=Role.SOURCE_VIDEO, path=FOLDER / "input-0", media_type="video/mp4")
    stored = StoredSource(
        object_key="x",
        media_type="video/mp4",
        size_bytes=1,
        sha256="00",
        width_px=1280,
        height_px=720,
        duration_s=141.0,
    )
    source = Input(role=Role.SOURCE_VIDEO, source=stored, field="video")
    asked = order((video,), mode=Mode.EXTEND, inputs=(source,), duration_s=8, added_s=7)
    await engine(children).render(asked, ignore)
    ((target, argument, limits),) = children.calls
    assert target == "reelgate.engines.animatic.child:extend"
    assert (argument["source"], argument["duration_s"]) == ("/scratch/order/input-0", 7)
    assert limits.wall_s == 148 * 20


async def test_a_gif_is_made_of_the_finished_video() -> None:
    """In a second child, whose progress follows that of the first; the video stays beside it."""
    children, seen = FakeChildren(events=(0, 100)), list[int]()
    rendered = await engine(children).render(order(gif=True), seen.append)
    assert [call[0].partition(":")[2] for call in children.calls] == ["render", "make_gif"]
    assert children.calls[1][1]["thumbnail"] is None
    (made,) = rendered.samples
    assert (made.video.name, made.gif and made.gif.name) == ("video-0.mp4", "video-0.gif")
    assert seen == [0, 60, 60, 100]


async def test_a_gif_of_a_video_keeps_the_video(tmp_path: pathlib.Path) -> None:
    """What is made anew as a GIF alone has the source as its video."""
    children = FakeChildren()
    (tmp_path / "input-0").write_bytes(b"a video")
    video = InputFile(role=Role.SOURCE_VIDEO, path=tmp_path / "input-0", media_type="video/mp4")
    asked = RenderOrder(spec=make_spec(mode=Mode.UPSCALE, gif=True), inputs=(video,), folder=tmp_path)
    (made,) = (await engine(children).render(asked, ignore)).samples
    assert [call[0].partition(":")[2] for call in children.calls] == ["make_gif"]
    assert made.video.read_bytes() == b"a video"


async def test_children_have_limits() -> None:
    """More time for more video, never without a bound."""
    children = FakeChildren()
    for duration_s in (1, 60):
        await engine(children).render(order(duration_s=duration_s), ignore)
    short, long = (call[2] for call in children.calls)
    assert (short.wall_s, long.wall_s) == (60, 1200)
    assert (short.cpu_s, long.cpu_s) == (120, 2400)
    assert short.memory_bytes
    assert short.file_bytes


@pytest.mark.parametrize(
    ("problem", "error"),
    [
        (ChildFailed("storage_full", "no room for the video"), StorageFull),
        (ChildFailed("odd", "/srv/secret"), EngineFailed),
        (ChildCrashed("/srv/secret"), EngineFailed),
        (ChildCrashed("no memory", out_of_memory=True), EngineFailed),
        (ChildUnavailable("closed"), ServerBusy),
        (ChildTimeout("slow"), EngineTimeout),
    ],
)
async def test_how_a_child_ends_is_an_error_of_the_core(problem: Exception, error: type[ReelgateError]) -> None:
    """Its own words, which may name paths, are the cause alone; the later samples are not begun."""
    children = FakeChildren(problem)
    with pytest.raises(error) as caught:
        await engine(children).render(order(samples=3), ignore)
    assert type(caught.value) is error
    assert caught.value.__cause__ is problem
    assert "secret" not in str(caught.value)
    assert len(children.calls) == 1


def test_the_capabilities_are_those_of_the_catalogue_s_own_model() -> None:
    """What the built-in model promises, the engine can."""
    assert max(CAPABILITIES.durations_s) >= 60
    assert set(AspectRatio) == CAPABILITIES.aspect_ratios
    assert CAPABILITIES.seeds_exact
