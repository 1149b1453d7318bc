"""What a file says about its scene: read back as it was written, and never believed blindly."""

from dataclasses import replace

import msgspec
import pytest

from reelgate.engines.animatic.continuity import TAG, Continuity, Span, from_tags, to_tag
from reelgate.engines.animatic.scene import Camera, Figure, Place, Shot, Subject

SHOT = Shot(
    place=Place.SEA,
    camera=Camera.PAN_LEFT,
    subjects=(Subject(figure=Figure.CARD, label="samovar", count=3, colour=(1, 2, 3)),),
    palette=((9, 8, 7),),
    titles=("Fin",),
    share=0.25,
)
TOLD = Continuity(
    seed=2**32 - 1,
    spans=(
        Span(shot=SHOT, number=0, planned=48, shown=48),
        Span(shot=replace(SHOT, place=Place.CITY), number=1, planned=96, shown=264, sway=0.5),
    ),
    watermark="mine",
)


def test_it_is_read_as_it_was_written() -> None:
    """All but the titles, which are over, and the shares, which follow from the frames."""
    read = from_tags({"comment": "x", TAG: to_tag(TOLD)})
    plain = [replace(span, shot=replace(span.shot, titles=(), share=1.0)) for span in TOLD.spans]
    assert read == replace(TOLD, spans=tuple(plain))
    assert read.frames == 312
    assert [shot.share for shot in read.scene.shots] == [48 / 312, 264 / 312]


def changed(**changes: object) -> str:
    tree = msgspec.json.decode(to_tag(TOLD))
    span = tree["spans"][0]
    for name, value in changes.items():
        (
            span
            if name in span
            else span["shot"]["subjects"][0]
            if name in {"count", "label", "size", "colour"}
            else tree
        )[name] = value
    return msgspec.json.encode(tree).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a holiday in Rome",
        "{",
        '{"seed": 1}',
        "[" * 5000,
        changed(version=2),
        changed(seed=-1),
        changed(planned=0),
        changed(shown=10**9),
        changed(number=64),
        changed(sway=float(7)),
        changed(spans=[]),
        changed(count=10_000),
        changed(size=50.0),
        changed(label="x" * 101),
        changed(colour=[0, 0, 256]),
    ],
)
def test_anything_else_is_not_believed(text: str) -> None:
    """A stranger's file has no scene of ours, whatever it says."""
    assert from_tags({TAG: text}) is None
    assert from_tags({}) is None
