"""Reference pictures in a scene: whole, visible and apart, whatever their number, kind and the frame's shape."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reelgate.core.task import Understanding
from reelgate.engines.animatic.drawing.cutout import Cutout
from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.pictures import Pictures, with_pictures
from reelgate.engines.animatic.references import cast_pictures, fit_cutouts, outer_ratio, plan_stands
from reelgate.engines.animatic.scene import Camera, Figure, Look, Motion, Place, Scene, Shot, Subject
from reelgate.engines.animatic.shots import build_stage, setting_of

_SIZES = [(320, 180), (180, 320), (180, 180), (240, 180), (180, 240)]


def _whole(ratio: float = 1.5) -> Cutout:
    """A bright magenta picture."""
    picture = np.full((120, round(120 * ratio), 3), (230, 20, 230), np.uint8)
    return Cutout(bgr=picture, whole=picture)


def _figure(ratio: float = 0.6, *, cropped: bool = False) -> Cutout:
    whole = _whole(ratio)
    mask = np.zeros(whole.bgr.shape[:2], np.uint8)
    cv2.rectangle(mask, (4, 4), (mask.shape[1] - 5, mask.shape[0] - (1 if cropped else 5)), 255, -1)
    return replace(whole, mask=mask, cropped=cropped)


def _job(shot: Shot, size: tuple[int, int]) -> RenderJob:
    return RenderJob(
        scene=Scene(shots=(shot,), seed=5),
        width=size[0],
        height=size[1],
        duration_s=3,
        video_path=Path("video.mp4"),
        thumbnail_path=Path("thumbnail.jpg"),
        mark=False,
    )


def _drawn(shot: Shot, cutouts: Sequence[Cutout], at: int = 36, size: tuple[int, int] = _SIZES[0]) -> NDArray[np.uint8]:
    with ThreadPoolExecutor(2) as pool:
        fitting = fit_cutouts(cutouts, size[0] / size[1])
        job = replace(_job(shot, size), references=(Path("picture.png"),) * len(fitting))
        stage = build_stage(job, 0, 72, pool, lambda: Pictures(references=fitting))
    frame = Frame(*size)
    stage.draw(frame, at)
    return frame.buffer.copy()


def _magenta(buffer: NDArray[np.uint8]) -> NDArray[np.bool_]:
    bgr = cv2.cvtColor(buffer, cv2.COLOR_YUV2BGR_I420).astype(int)
    return np.asarray((bgr[..., 2] - bgr[..., 1] > 50) & (bgr[..., 0] - bgr[..., 1] > 50))


@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize("kinds", ["f", "w", "b", "ff", "wf", "bw", "bb", "fff", "www", "bfw"])
def test_every_picture_has_room(kinds: str, size: tuple[int, int]) -> None:
    """Inside the frame at rest, of a size that is seen, and no two on one another for the most part."""
    made = {"f": _figure(), "w": _whole(), "b": _figure(0.8, cropped=True)}
    cutouts = fit_cutouts([made[kind] for kind in kinds], size[0] / size[1])
    stands = plan_stands(setting_of(_job(Shot(camera=Camera.STATIC), size), 0, 3.0), cutouts)
    aspect = size[0] / size[1]
    boxes = []
    for cutout, stand in zip(cutouts, stands, strict=True):
        half = outer_ratio(cutout) * stand.height / 2
        boxes.append((stand.x - half, stand.row - stand.height, stand.x + half, stand.row))
        assert stand.height * half * 2 > 0.02 * aspect
        assert -aspect / 2 <= stand.x - half
        assert stand.x + half <= aspect / 2
        assert stand.row - stand.height > 0.05
        assert stand.row <= 1.01
    for one, other in combinations(boxes, 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
        assert max(0.0, across) * max(0.0, down) < 0.45 * smaller


@pytest.mark.parametrize("place", list(Place))
def test_pictures_are_seen_everywhere(place: Place) -> None:
    """A cut-out and a whole picture in every place; without them nothing is magenta."""
    shot = Shot(place=place, camera=Camera.STATIC)
    seen = _magenta(_drawn(shot, [_figure(), _whole()]))
    assert seen[:, :160].mean() > 0.03
    assert seen[:, 160:].mean() > 0.03
    assert _magenta(_drawn(shot, [])).mean() < 0.02


@pytest.mark.parametrize("look", [look for look in Look if look is not Look.NOIR])
def test_looks_grade_the_pictures(look: Look) -> None:
    """They are part of the picture: changed by the grade, and still there."""
    plain, graded = (
        _drawn(Shot(camera=Camera.STATIC, look=each), [_figure(1.2)])[90:150, 130:190] for each in (Look.NATURAL, look)
    )
    assert bool(np.abs(plain.astype(int) - graded).mean() > 1) is (look is not Look.NATURAL)


def test_the_camera_moves_them_as_it_moves_the_place() -> None:
    """A truck shifts a picture; a still camera does not."""
    places = {}
    for camera in (Camera.STATIC, Camera.TRUCK_RIGHT):
        seen = [_magenta(_drawn(Shot(camera=camera), [_figure()], at)) for at in (0, 71)]
        places[camera] = [float(np.flatnonzero(each.any(axis=0)).mean()) for each in seen]
    assert places[Camera.STATIC][0] == pytest.approx(places[Camera.STATIC][1], abs=1)
    assert places[Camera.TRUCK_RIGHT][0] - places[Camera.TRUCK_RIGHT][1] > 10


@pytest.mark.parametrize("motion", list(Motion))
def test_a_picture_does_what_its_subject_does(motion: Motion) -> None:
    """Whatever it is told, it stays in the frame; who walks gets somewhere."""
    shot = Shot(camera=Camera.STATIC, subjects=(Subject(figure=Figure.DOG, label="dog", motion=motion),))
    seen = [_magenta(_drawn(shot, [_figure()], at)) for at in (0, 40, 71)]
    columns = [float(np.flatnonzero(each.any(axis=0)).mean()) for each in seen]
    assert min(each.mean() for each in seen) > 0.03
    moves = motion in {Motion.WALK, Motion.RUN, Motion.DRIVE, Motion.FLY, Motion.SWIM}
    assert (columns[2] - columns[0] > 5) is moves


def test_pictures_stand_for_the_first_subjects() -> None:
    """Those who move and things come before what is built; the others are drawn."""
    subjects = [
        Subject(figure=figure, label=figure.value)
        for figure in (Figure.HOUSE, Figure.PERSON, Figure.MOON, Figure.BOTTLE)
    ]
    parts, left = cast_pictures(subjects, 2)
    assert [part.subject and part.subject.figure for part in parts] == [Figure.PERSON, Figure.BOTTLE]
    assert [subject.figure for subject in left] == [Figure.HOUSE, Figure.MOON]
    parts, left = cast_pictures(subjects[:1], 3)
    assert [part.subject is None for part in parts] == [False, True, True]
    assert parts[1].motion is Motion.STILL
    assert left == ()


def test_what_was_done_with_the_pictures_is_said() -> None:
    """For whom each stands, and whether it was cut out; a card that is not drawn is not spoken of."""
    shot = Shot(subjects=(Subject(figure=Figure.CARD, label="gizmo"),))
    read = Understanding(understood=("subject: gizmo",), approximated=("'gizmo' shown as a card",))
    said = with_pictures(read, Pictures(references=(_figure(), _whole())), Scene(shots=(shot,), seed=1))
    assert said.understood[1:] == ("picture 1: cut out, in the scene, for 'gizmo'", "picture 2: in the scene")
    assert said.approximated == ("picture 2: shown on a panel, with its background",)
    assert with_pictures(read, Pictures(), Scene(shots=(shot,), seed=1)) is read
