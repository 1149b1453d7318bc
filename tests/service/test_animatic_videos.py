"""Videos made of videos, as whole files: extended, upscaled, as GIFs; probed, and looked at where they join."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fakes import write_video
from reelgate.engines.animatic import child

PROMPT = "a boat on a lake in the rain, pan left"


def asked(folder: Path, name: str, **changes: Any) -> dict[str, Any]:
    return {
        "prompt": PROMPT,
        "negative_prompt": None,
        "people_allowed": True,
        "seed": 7,
        "width": 320,
        "height": 180,
        "duration_s": 3,
        "audio": True,
        "watermark": None,
        "first_frame": None,
        "last_frame": None,
        "references": [],
        "source": None,
        "source_s": None,
        "video": str(folder / f"{name}.mp4"),
        "gif": str(folder / f"{name}.gif"),
        "thumbnail": str(folder / f"{name}.jpg"),
        "threads": 2,
    } | changes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `source.mp4`: three seconds of ours, with sound."""
    made = tmp_path_factory.mktemp("videos")
    child.render(asked(made, "source"), ignore)
    return made


def ignore(_event: object) -> None:
    """Take a progress."""


def extended(folder: Path, name: str, **changes: Any) -> Path:
    source = changes.pop("source", folder / "source.mp4")
    child.extend(
        asked(folder, name, **({"source": str(source), "prompt": "it goes on", "duration_s": 2} | changes)), ignore
    )
    return folder / f"{name}.mp4"


def frames(path: Path) -> NDArray[np.int16]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)]).astype(np.int16)


def sound(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(blocks, axis=1).astype(np.float32)


def packets(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def loudness(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def jump(seen: NDArray[np.int16], at: int) -> float:
    """Return how much more changes from frame `at - 1` to `at` than from frame to frame around them."""
    moves = np.abs(np.diff(seen[at - 8 : at + 8], axis=0)).mean(axis=(1, 2))
    return float(moves[7] - np.delete(moves, 7).max())


def check_joined(path: Path, count: int, at: int, size: tuple[int, int] = (320, 180)) -> None:
    """Check that a file has so many frames, evenly, with sound beside them, and no jump where it was joined."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height, video.frames) == ("h264", *size, count)
        assert video.average_rate == 24
        assert container.duration == pytest.approx(count / 24 * 1_000_000, abs=30_000)
        assert (audio.codec_context.name, audio.codec_context.sample_rate) == ("aac", 48_000)
        times = [packet.pts for packet in container.demux(video) if packet.size]
    assert times == [index * 512 for index in range(count)]
    seen = frames(path)
    assert len(seen) == count
    # A key frame is a little sharper than the one before it.
    assert jump(seen, at) < 2.0


def check_sound(path: Path, at_s: float) -> None:
    """Check that the sound neither stops nor clicks where a file was joined."""
    heard = sound(path)[0]
    middle = round(at_s * 48_000)
    parts = [loudness(heard[middle + step : middle + step + 4800]) for step in range(-48_000, 33_600, 4800)]
    assert min(parts) > 0.4 * max(parts)
    steps = np.abs(np.diff(heard))
    assert steps[middle - 60_000 : middle + 2400].max() < 1.5 * steps[9600:middle].max()


def test_our_own_file_is_taken_over_as_it_is(folder: Path) -> None:
    """Its pictures are the new file's first, byte for byte; the scene and its sound go on."""
    made = extended(folder, "own")
    check_joined(made, 120, 72)
    check_sound(made, 3.0)
    assert packets(made, "video")[:72] == packets(folder / "source.mp4", "video")
    # The rain goes on falling.
    moves = np.abs(np.diff(frames(made), axis=0)).mean(axis=(1, 2))
    assert moves[72:].min() > 0.5 * moves[:72].min()
    thumbnail = cv2.imread(str(folder / "own.jpg"))
    assert thumbnail is not None
    assert min(thumbnail.shape[:2]) == 360


def test_an_extension_is_extended_again(folder: Path) -> None:
    """As seamless as the first, and nothing of it is encoded a second time."""
    once = extended(folder, "once")
    twice = extended(folder, "twice", source=once, duration_s=3, seed=8)
    check_joined(twice, 192, 120)
    check_sound(twice, 5.0)
    assert packets(twice, "video")[:120] == packets(once, "video")


def test_the_same_request_gives_the_same_bytes(folder: Path) -> None:
    """Whatever the number of threads; another seed gives another video."""
    first, again, other = (
        extended(folder, name, threads=threads, seed=seed).read_bytes()
        for name, threads, seed in (("first", 1, 7), ("again", 3, 7), ("other", 2, 8))
    )
    assert first == again
    assert first != other


def test_a_new_prompt_changes_the_picture_softly(folder: Path) -> None:
    """Night falls after the seam, not at it."""
    made = extended(folder, "night", prompt="night falls, a dragon flies over", duration_s=4)
    check_joined(made, 168, 72)
    light = frames(made).mean(axis=(1, 2))
    assert light[-1] < light[72] - 20
    assert np.abs(np.diff(light)).max() < 8


@pytest.mark.parametrize(
    ("size", "rate", "audio"), [((320, 180), 24, True), ((640, 360), 24, False), ((180, 320), 24, True)]
)
def test_anybody_s_video_is_continued_from_its_last_frame(
    folder: Path,
    size: tuple[int, int],
    rate: int,
    audio: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Of any size, with sound or without: it is encoded again, fitted, and its last frame moves."""
    width, height = size
    source = write_video(folder / f"foreign-{width}.mp4", width=width, height=height, duration_s=2, audio=audio)
    made = extended(folder, f"strange-{width}", source=source, prompt="it snows")
    check_joined(made, 96, 48)
    heard = sound(made)[0]
    assert loudness(heard[:96_000]) < 0.01
    assert loudness(heard[144_000:180_000]) > 0.01
    with av.open(str(made)) as container:
        assert "animatic" in container.metadata["comment"]


def test_another_rate_and_codec_become_ours(folder: Path) -> None:
    """Ten frames a second of another codec last as long as they did."""
    path = folder / "slow.avi"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for index in range(20):
            level = np.full((270, 320), 40 + index * 8, np.uint8)
            level[180:] = 128
            container.mux(stream.encode(av.VideoFrame.from_ndarray(level, format="yuv420p")))
        container.mux(stream.encode(None))
    made = extended(folder, "slow", source=path)
    check_joined(made, 96, 48)
    light = frames(made)[:, 20:80, 100:200].mean(axis=(1, 2))
    assert light[47] - light[0] == pytest.approx(152 * 255 / 219, abs=12)
    assert abs(light[48] - light[47]) < 3


def test_without_sound_there_is_none(folder: Path) -> None:
    """A silent model's extension has no track for sound, whatever the source has."""
    made = extended(folder, "mute", audio=False)
    with av.open(str(made)) as container:
        assert not container.streams.audio
        assert container.streams.video[0].frames == 120


def test_a_larger_extension_is_drawn_larger(folder: Path) -> None:
    """The source is scaled, the scene is drawn anew in its size, and they meet."""
    made = extended(folder, "larger", width=640, height=360)
    check_joined(made, 120, 72, (640, 360))


def test_what_moves_over_a_picture_goes_on_from_the_last_frame(folder: Path) -> None:
    """Without the corner's mark of before shining through the new one."""
    rng = np.random.default_rng(2)
    soft = cv2.resize(rng.random((6, 8, 3), dtype=np.float32), (640, 360), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(folder / "in.png"), np.clip(soft * 255, 0, 255).astype(np.uint8))
    child.render(asked(folder, "picture", prompt="push in", first_frame=str(folder / "in.png")), ignore)
    made = extended(folder, "picture-on", source=folder / "picture.mp4")
    check_joined(made, 120, 72)
    check_sound(made, 3.0)
    assert packets(made, "video")[:72] == packets(folder / "picture.mp4", "video")


def test_an_upscaled_video_is_the_same_but_larger(folder: Path) -> None:
    """As many frames, the same sound packet by packet, what one sees alike."""
    notes = child.upscale(asked(folder, "large", source=str(folder / "source.mp4"), width=1280, height=720), ignore)
    assert "adds none" in notes["approximated"][0]
    large, small = frames(folder / "large.mp4"), frames(folder / "source.mp4")
    assert large.shape == (72, 720, 1280)
    for index in (0, 40, 71):
        shrunk = cv2.resize(large[index].astype(np.uint8), (320, 180), interpolation=cv2.INTER_AREA)
        assert cv2.PSNR(shrunk, small[index].astype(np.uint8)) > 28
    assert packets(folder / "large.mp4", "audio") == packets(folder / "source.mp4", "audio")


def test_a_larger_file_of_ours_is_extended_as_well(folder: Path) -> None:
    """It still says which scene it shows."""
    child.upscale(asked(folder, "up", source=str(folder / "source.mp4"), width=640, height=360), ignore)
    made = extended(folder, "up-on", source=folder / "up.mp4", width=640, height=360)
    check_joined(made, 120, 72, (640, 360))
    assert packets(made, "video")[:72] == packets(folder / "up.mp4", "video")


def test_a_gif_moves_and_loops(folder: Path) -> None:
    """Twelve and a half frames a second for as long as the video, in good colours, for ever; the same each time."""
    contents = set()
    for _ in range(2):
        child.make_gif(asked(folder, "source", thumbnail=None), ignore)
        contents.add((folder / "source.gif").read_bytes())
    assert len(contents) == 1
    with Image.open(folder / "source.gif") as gif:
        assert (gif.format, gif.size, gif.info["loop"]) == ("GIF", (320, 180), 0)
        count = getattr(gif, "n_frames", 1)
        seen = []
        length_ms = 0
        for index in range(count):
            gif.seek(index)
            length_ms += gif.info["duration"]
            seen.append(np.asarray(gif.convert("RGB"), np.int16))
    assert count in {37, 38}
    assert length_ms == pytest.approx(3000, abs=80)
    with av.open(str(folder / "source.mp4")) as container:
        first = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(np.int16)
    assert np.abs(seen[0] - first).mean() < 6
    assert np.abs(seen[-1] - seen[0]).mean() > 1


_UHD = """
import resource, sys
from reelgate.engines.animatic import child
argument = {argument!r}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
getattr(child, {target!r})(argument, lambda event: None)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("target", ["render", "upscale"])
def test_4k_takes_bounded_memory(folder: Path, target: str) -> None:
    """A 4k video is made in less than a gigabyte, whatever makes it."""
    argument = asked(folder, f"uhd-{target}", width=3840, height=2160, duration_s=1, source=str(folder / "short.mp4"))
    child.render(asked(folder, "short", duration_s=1), ignore)
    program = _UHD.format(argument=argument, target=target)
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=240)
    assert int(done.stdout) < 1000
    with av.open(argument["video"]) as container:
        video = container.streams.video[0]
        assert (video.width, video.height, video.frames) == (3840, 2160, 24)
