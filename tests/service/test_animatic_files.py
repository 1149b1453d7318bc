"""Whole files of the built-in engine, probed: frames, size, codecs, sound, sameness, memory."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reelgate.engines.animatic.drawing.picture import fitted, read_picture
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.render import render_video
from reelgate.engines.animatic.scene import Camera, Figure, Motion, Place, Scene, Shot, Subject, TimeOfDay, Weather


def _job(folder: Path, shot: Shot | None = None, **changes: Any) -> RenderJob:
    scene = Scene(shots=(shot or Shot(),), seed=11)
    job = RenderJob(
        scene=scene,
        width=320,
        height=180,
        duration_s=2,
        video_path=folder / "video.mp4",
        thumbnail_path=folder / "thumbnail.jpg",
    )
    return replace(job, **changes)


def _hum(duration_s: int) -> Iterator[NDArray[np.float32]]:
    time = np.arange(48_000, dtype=np.float32) / 48_000
    for _ in range(duration_s):
        yield np.tile(np.sin(time * 440 * 2 * np.pi).astype(np.float32) * 0.2, (2, 1))


def _frames(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="yuv420p").astype(np.uint8) for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    ("width", "height", "duration_s", "sound"),
    [
        (1280, 720, 1, True),
        (720, 1280, 1, False),
        (720, 720, 3, True),
        (960, 720, 2, False),
        (720, 960, 1, True),
        (1920, 1080, 1, True),
    ],
)
def test_the_file_is_what_was_asked_for(tmp_path: Path, width: int, height: int, duration_s: int, sound: bool) -> None:  # noqa: FBT001 - a parameter
    """Size, frames, rate, codecs, colours, length of picture and sound, and tags."""
    job = _job(tmp_path, width=width, height=height, duration_s=duration_s)
    render_video(replace(job, soundtrack=(lambda: _hum(duration_s)) if sound else None), lambda _: None)
    with av.open(str(job.video_path)) as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height, video.frames) == (width, height, duration_s * 24)
        assert video.average_rate == 24
        assert (video.codec_context.color_primaries, video.codec_context.colorspace) == (1, 1)
        assert container.duration == pytest.approx(duration_s * 1_000_000, abs=30_000)
        assert len(container.streams.audio) == int(sound)
        if sound:
            audio = container.streams.audio[0]
            assert (audio.codec_context.name, audio.codec_context.sample_rate, audio.codec_context.channels) == (
                "aac",
                48_000,
                2,
            )
        assert "animatic" in container.metadata["comment"]
        assert "creation_time" not in container.metadata
        assert sum(1 for _ in container.decode(video=0)) == duration_s * 24
    raw = job.video_path.read_bytes()
    assert raw.index(b"moov") < raw.index(b"mdat")
    thumbnail = cv2.imread(str(job.thumbnail_path))
    assert thumbnail is not None
    assert min(thumbnail.shape[:2]) == 360


def test_key_frames_stand_every_two_seconds(tmp_path: Path) -> None:
    """Each segment is a closed group that begins with a key frame, and times never repeat."""
    job = _job(tmp_path, duration_s=5)
    render_video(job, lambda _: None)
    with av.open(str(job.video_path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        assert [index for index, packet in enumerate(packets) if packet.is_keyframe] == [0, 48, 96]
        times = [packet.pts or 0 for packet in packets]
    assert times == sorted(set(times))


def test_bytes_do_not_depend_on_workers(tmp_path: Path) -> None:
    """One, two and three workers write the same file."""
    hashes = set()
    shot = Shot(place=Place.SEA, camera=Camera.HANDHELD, subjects=(Subject(figure=Figure.SHIP, label="ship"),))
    for workers in (1, 2, 3):
        job = _job(tmp_path, shot, workers=workers, duration_s=5, soundtrack=lambda: _hum(5))
        render_video(job, lambda _: None)
        hashes.add(hashlib.sha256(job.video_path.read_bytes()).hexdigest())
        hashes.add(hashlib.sha256(job.thumbnail_path.read_bytes()).hexdigest())
    assert len(hashes) == 2


_PROGRAM = """
import resource, sys
from pathlib import Path
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.render import render_video
from reelgate.engines.animatic.scene import Camera, Figure, Motion, Place, Scene, Shot, Subject, Weather
folder, width, height, duration_s = Path(sys.argv[1]), *map(int, sys.argv[2:])
shot = Shot(place=Place.CITY, weather=Weather.RAIN, camera=Camera.TRUCK_RIGHT,
            subjects=(Subject(figure=Figure.CAR, label="car", motion=Motion.DRIVE),))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
render_video(RenderJob(scene=Scene(shots=(shot,), seed=3), width=width, height=height, duration_s=duration_s,
             video_path=folder / "other.mp4", thumbnail_path=folder / "other.jpg"), lambda _: None)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def _in_process(folder: Path, width: int, height: int, duration_s: int) -> int:
    """Render in a process of its own; give the MiB that it added."""
    command = [sys.executable, "-c", _PROGRAM, str(folder), str(width), str(height), str(duration_s)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of a process, such as its hash seed, gets into the file."""
    hashes = set()
    for _ in range(2):
        _in_process(tmp_path, 320, 180, 3)
        hashes.add((tmp_path / "other.mp4").read_bytes())
    assert len(hashes) == 1


def test_a_long_render_needs_little_memory(tmp_path: Path) -> None:
    """Sixty seconds add less than 700 MiB, because nothing of a segment outlives it."""
    assert _in_process(tmp_path, 640, 360, 60) < 700
    with av.open(str(tmp_path / "other.mp4")) as container:
        assert container.streams.video[0].frames == 60 * 24


@pytest.mark.parametrize("camera", [Camera.DRIFT, Camera.PULL_OUT, Camera.PAN_LEFT, Camera.STATIC])
def test_the_first_frame_shows_the_picture(tmp_path: Path, camera: Camera) -> None:
    """The first frame is the fitted picture, and later ones are the camera's."""
    rng = np.random.default_rng(2)
    soft = cv2.resize(rng.random((6, 8, 3), dtype=np.float32), (800, 600), interpolation=cv2.INTER_CUBIC)
    source = tmp_path / "in.png"
    cv2.imwrite(str(source), np.clip(soft * 255, 0, 255).astype(np.uint8))
    job = _job(tmp_path, Shot(camera=camera), width=640, height=360, first_frame=source, mark=False)
    render_video(job, lambda _: None)
    want = fitted(read_picture(source), 640, 360)
    with av.open(str(job.video_path)) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert cv2.PSNR(frames[0], want) > 30
    moved = float(np.abs(frames[-1].astype(int) - frames[0]).mean())
    assert moved < 8 if camera is Camera.STATIC else moved > 2


def _photo(path: Path, seed: int, width: int = 800, height: int = 600) -> Path:
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.random((6, 8, 3), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(path), np.clip(soft * 255, 0, 255).astype(np.uint8))
    return path


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640), (360, 360)])
def test_first_and_last_frame_are_the_pictures(tmp_path: Path, width: int, height: int) -> None:
    """Under snow, a title, a mark and a watermark: the two ends are the fitted pictures, the middle is neither."""
    pictures = [_photo(tmp_path / "a.png", 2), _photo(tmp_path / "b.png", 3, 500, 900)]
    shot = Shot(camera=Camera.PUSH_IN, weather=Weather.SNOW, titles=("Between",))
    job = _job(
        tmp_path, shot, width=width, height=height, first_frame=pictures[0], last_frame=pictures[1], watermark="Acme"
    )
    render_video(job, lambda _: None)
    with av.open(str(job.video_path)) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    first, last = (fitted(read_picture(path), width, height) for path in pictures)
    assert cv2.PSNR(frames[0], first) > 30
    assert cv2.PSNR(frames[-1], last) > 30
    assert max(cv2.PSNR(frames[24], first), cv2.PSNR(frames[24], last)) < 22


def test_a_morph_s_bytes_do_not_depend_on_workers(tmp_path: Path) -> None:
    """One and three workers write the same file over two shots; another seed writes another."""
    first, last = _photo(tmp_path / "a.png", 2), _photo(tmp_path / "b.png", 3)
    shots = (Shot(share=0.4, weather=Weather.RAIN), Shot(share=0.6, camera=Camera.PAN_LEFT))
    hashes = []
    for workers, seed in ((1, 4), (3, 4), (3, 5)):
        job = _job(tmp_path, scene=Scene(shots=shots, seed=seed), workers=workers, duration_s=3)
        render_video(replace(job, first_frame=first, last_frame=last), lambda _: None)
        hashes.append(hashlib.sha256(job.video_path.read_bytes()).hexdigest())
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640)])
def test_references_are_seen(tmp_path: Path, width: int, height: int) -> None:
    """The same scene and seed with one to three pictures differs from it and from each other, by the same bytes."""
    paths = tuple(_photo(tmp_path / f"{seed}.png", seed) for seed in (2, 3, 4))
    shot = Shot(place=Place.BEACH, camera=Camera.TRUCK_LEFT)
    middles, hashes = [], set()
    for count, workers in ((0, 2), (1, 2), (2, 2), (3, 2), (3, 1)):
        job = _job(tmp_path, shot, width=width, height=height, references=paths[:count], workers=workers)
        render_video(job, lambda _: None)
        middles.append(_frames(job.video_path)[24][:height].astype(int))
        hashes.add(job.video_path.read_bytes())
    assert len(hashes) == 4
    for one, other in pairwise(middles[:4]):
        assert (np.abs(one - other) > 12).mean() > 0.03


def test_cuts_fall_on_their_frame(tmp_path: Path) -> None:
    """The picture changes at once where one shot ends and the next begins, and nowhere else."""
    shots = (Shot(share=0.25, time_of_day=TimeOfDay.NIGHT), Shot(share=0.75, place=Place.DESERT))
    job = _job(tmp_path, scene=Scene(shots=shots, seed=1), duration_s=4)
    render_video(job, lambda _: None)
    luma = np.array([frame[:180].mean() for frame in _frames(job.video_path)])
    jumps = np.flatnonzero(np.abs(np.diff(luma)) > 15)
    assert list(jumps) == [23]


def test_marks_are_shown_where_asked(tmp_path: Path) -> None:
    """The corner mark is on by default; a watermark stands in the other corner."""
    pictures = {}
    for name, changes in (("none", {"mark": False}), ("mark", {}), ("both", {"watermark": "Acme Studio"})):
        job = _job(tmp_path, Shot(camera=Camera.STATIC), width=640, height=360, duration_s=1, **changes)
        render_video(job, lambda _: None)
        pictures[name] = _frames(job.video_path)[0][:360].astype(int)
    marked = np.abs(pictures["mark"] - pictures["none"])
    assert marked[300:, 480:].max() > 30 > marked[300:, :320].max()
    both = np.abs(pictures["both"] - pictures["mark"])
    assert both[300:, :320].max() > 30 > both[300:, 480:].max()


def test_progress_never_goes_back(tmp_path: Path) -> None:
    """Reports begin with 0, end with 100 and only grow."""
    seen: list[int] = []
    render_video(_job(tmp_path, width=1280, height=720, duration_s=8, soundtrack=lambda: _hum(8)), seen.append)
    assert seen[0] == 0
    assert seen[-1] == 100
    assert seen == sorted(seen)
    assert len(set(seen)) >= 4


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    """What cannot be written is an OSError, not a hang."""
    with pytest.raises(OSError, match="No such file"):
        render_video(_job(tmp_path / "missing"), lambda _: None)


def test_many_subjects_in_the_sky_and_on_the_ground(tmp_path: Path) -> None:
    """Six subjects, flocks among them, render to a whole file."""
    kinds = (Figure.BIRD, Figure.HORSE, Figure.TREE, Figure.MOON, Figure.CARD, Figure.BALLOON)
    subjects = tuple(Subject(figure=kind, label=kind.value, count=3, motion=Motion.WALK) for kind in kinds)
    job = _job(tmp_path, Shot(subjects=subjects), duration_s=1)
    render_video(job, lambda _: None)
    assert len(_frames(job.video_path)) == 24
