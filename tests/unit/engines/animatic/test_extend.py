"""What is seen in an extension, and what its file says about it: decided before anything is drawn."""

from dataclasses import replace
from pathlib import Path

import pytest

from reelgate.engines.animatic.continuity import Continuity, Span, from_tags, to_tag
from reelgate.engines.animatic.extend import Source, known_of, plan_takes, told_of
from reelgate.engines.animatic.footage import Facts
from reelgate.engines.animatic.grammar import read_prompt
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.scene import Camera, Scene, Shot

PROMPT = "a red fox runs through a snowy forest at dusk, pan left"


def known(prompt: str = PROMPT, frames: int = 192) -> Continuity:
    shots = read_prompt(prompt, negative_prompt=None, seed=7).scene.shots
    each = frames // len(shots)
    spans = [Span(shot=shot, number=number, planned=each, shown=each) for number, shot in enumerate(shots)]
    return Continuity(seed=7, spans=tuple(spans))


def wanted(prompt: str, before: Continuity, seed: int = 9) -> Scene:
    return read_prompt(prompt, negative_prompt=None, seed=seed, before=before.spans[-1].shot).scene


def job(scene: Scene, duration_s: int = 7) -> RenderJob:
    return RenderJob(
        scene=scene, width=1280, height=720, duration_s=duration_s, video_path=Path("v"), thumbnail_path=Path("t")
    )


def source(told: Continuity) -> Source:
    facts = Facts(width=1280, height=720, frames=told.frames, has_audio=True, tags={"description": to_tag(told)})
    return Source(path=Path("x"), facts=facts, known=known_of(facts))


@pytest.mark.parametrize(
    "prompt",
    [
        PROMPT,
        "the fox keeps running",
        "it goes on",
        "continue the shot, cinematic mood aside",
        'the same fox, and a title "Meanwhile"',
        "in the forest at dusk",
    ],
)
def test_what_is_there_goes_on(prompt: str) -> None:
    """A prompt that names nothing new continues the very shot, from its own next frame on."""
    before = known()
    (take,) = plan_takes(before, wanted(prompt.replace(", cinematic mood aside", ""), before), 168)
    assert (take.first, take.last, take.begin) == (0, 168, 192)
    assert (take.span.number, take.span.planned) == (0, 192)
    assert replace(take.span.shot, titles=()) == before.spans[0].shot
    assert take.span.shot.titles == (("Meanwhile",) if "Meanwhile" in prompt else ())


@pytest.mark.parametrize(
    "prompt",
    ["night falls", "a dragon flies over", "it rains", "two foxes", "crane up", "on a beach", "as a watercolor"],
)
def test_what_is_new_comes_by_a_dissolve(prompt: str) -> None:
    """The old shot goes on first; what is not said stays as it was."""
    before = known()
    old, new = plan_takes(before, wanted(prompt, before), 168)
    assert (old.first, old.last, old.begin) == (0, 42, 192)
    assert (new.first, new.last, new.begin) == (18, 168, 0)
    same = new.span.shot.place is before.spans[0].shot.place
    assert (new.span.number == 0) is same is (prompt != "on a beach")
    if prompt not in {"it rains", "as a watercolor"}:
        assert new.span.shot.weather is before.spans[0].shot.weather


def test_cuts_in_the_new_prompt_are_cuts() -> None:
    """Each shot has its share of the new part."""
    before = known()
    takes = plan_takes(before, wanted("a beach at noon. Cut to: a city at night", before), 168)
    assert [(take.first, take.last) for take in takes] == [(0, 42), (18, 93), (93, 168)]
    assert len({take.span.number for take in takes}) == 3


@pytest.mark.parametrize("added", [24, 48, 168])
def test_all_frames_are_covered(added: int) -> None:
    """However short the new part is."""
    before = known()
    takes = plan_takes(before, wanted("a dragon flies over a castle", before), added)
    assert all(any(take.first <= frame < take.last for take in takes) for frame in range(added))
    assert takes[-1].last == added


def test_an_extension_can_be_extended() -> None:
    """What the new file says is as long as the new file, and continues where it ends."""
    told = known()
    for step, prompt in enumerate(("it goes on", "night falls", "it goes on", "a beach", "it goes on"), start=1):
        here = source(told)
        assert here.drawn == from_tags({"description": to_tag(told)})
        scene = wanted(prompt, told, seed=step)
        told = told_of(here, job(scene), plan_takes(told, scene, 168))
        assert told.frames == 192 + step * 168
    assert [span.shown for span in told.spans] == [192 + 168 + 18, 168 - 18 + 168 + 18, 168 - 18 + 168]
    assert told.spans[0].sway == from_sway(told)


def from_sway(told: Continuity) -> float:
    """Return the sway that the seed of the first extension decided; later seeds leave it alone."""
    (take,) = plan_takes(known(), wanted("it goes on", known(), seed=1), 168)
    return take.span.sway


def test_seeds_differ_where_nothing_else_does() -> None:
    """Two samples of one extension are not the same video."""
    before = known()
    sways = {plan_takes(before, wanted("it goes on", before, seed=seed), 168)[0].span.sway for seed in range(4)}
    assert len(sways) == 4


def test_a_picture_s_scene_is_heard_and_not_drawn() -> None:
    """What is laid over a picture is continued from its last frame, and stays so."""
    before = replace(known(), picture=True, mark=True)
    here = source(before)
    assert here.drawn is None
    assert here.known
    told = told_of(here, job(Scene(shots=(Shot(camera=Camera.PUSH_IN),), seed=9)), ())
    assert (told.picture, told.frames, told.seed) == (True, 360, 7)


def test_a_stranger_s_video_has_a_scene_from_then_on() -> None:
    """It is not known before, and a picture afterwards."""
    facts = Facts(width=640, height=360, frames=100, has_audio=False, tags={})
    stranger = Source(path=Path("x"), facts=facts, known=known_of(facts))
    told = told_of(stranger, job(wanted("it snows", known())), ())
    assert (told.picture, told.frames) == (True, 268)


def test_a_file_that_was_cut_is_not_ours_any_more() -> None:
    """Its scene is as long as the file, or it is another file's."""
    facts = Facts(width=640, height=360, frames=191, has_audio=False, tags={"description": to_tag(known())})
    assert known_of(facts) is None
