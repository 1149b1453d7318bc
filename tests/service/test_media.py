"""Real pictures and videos, whole and broken, looked at in real children."""

import asyncio
import contextlib
import io
import pathlib
import random
import struct
import zlib
from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from reelgate.core.errors import EngineFailed, InputTooLarge, InputUnreadable, ServerBusy
from reelgate.kit.children import ChildPool
from reelgate.media.inspect import PICTURE_CHILD, VIDEO_CHILD, Picture, inspect_picture, inspect_video, probe_video

#: Corners of the picture that every orientation must show: top left, top right, bottom left, bottom right.
CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))


@pytest.fixture(scope="module")
async def children() -> AsyncIterator[ChildPool]:
    pool = ChildPool(preload=[PICTURE_CHILD, VIDEO_CHILD])
    yield pool
    await pool.close()


def make_picture(width: int = 60, height: int = 40) -> Image.Image:
    """Return four coloured quarters."""
    quarters = np.zeros((height, width, 3), np.uint8)
    for index, colour in enumerate(CORNERS):
        rows = slice(0, height // 2) if index < 2 else slice(height // 2, None)
        columns = slice(0, width // 2) if index % 2 == 0 else slice(width // 2, None)
        quarters[rows, columns] = colour
    return Image.fromarray(quarters)


def write(picture: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def corners(content: bytes) -> tuple[tuple[int, ...], ...]:
    """Return the four corners' colours, rounded to full steps."""
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.mode == "RGB"
        right, bottom = picture.width - 4, picture.height - 4
        points = [(3, 3), (right, 3), (3, bottom), (right, bottom)]
        pixels = [picture.getpixel(point) for point in points]
    return tuple(tuple(255 if value > 127 else 0 for value in pixel) for pixel in pixels if isinstance(pixel, tuple))


async def look(children: ChildPool, content: bytes) -> Picture:
    return await inspect_picture(content, field="image", children=children)


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
async def test_plain_pictures_are_kept_as_they_are(children: ChildPool, kind: str, media_type: str) -> None:
    """Byte for byte."""
    content = write(make_picture(), kind)
    picture = await look(children, content)
    assert (picture.media_type, picture.width_px, picture.height_px) == (media_type, 60, 40)
    assert picture.upright == content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_pictures_are_turned_upright(children: ChildPool, kind: str, orientation: int) -> None:
    """All eight orientations of EXIF, in all three formats, show the same picture."""
    stored = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    original = make_picture()
    content = write(original.transpose(stored) if stored is not None else original, kind, exif=exif)
    picture = await look(children, content)
    assert (picture.width_px, picture.height_px) == (60, 40)
    assert corners(picture.upright) == CORNERS
    if orientation > 1:
        with Image.open(io.BytesIO(picture.upright)) as upright:
            assert not dict(upright.getexif())


async def test_pictures_for_print_become_rgb(children: ChildPool) -> None:
    """CMYK JPEG, as it comes out of layout programs."""
    picture = await look(children, write(make_picture().convert("CMYK"), "JPEG", quality=95))
    assert picture.media_type == "image/jpeg"
    assert corners(picture.upright) == CORNERS


async def test_sixteen_bits_of_grey_are_scaled(children: ChildPool) -> None:
    """They are not cut off at 255."""
    ramp = Image.fromarray((np.arange(60 * 40).reshape(40, 60) * 27).astype(np.uint16))
    picture = await look(children, write(ramp, "PNG"))
    with Image.open(io.BytesIO(picture.upright)) as plain:
        values = np.asarray(plain)[:, :, 0].astype(int)
    assert abs(values - np.asarray(ramp).astype(int) // 257).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P"])
async def test_what_is_see_through_is_put_on_white(children: ChildPool, mode: str) -> None:
    """Alpha, a palette with alpha, and a palette with one transparent colour."""
    if mode == "P":
        source = Image.new("P", (40, 40), 1)
        source.putpalette([255, 0, 255, 0, 0, 0])
        source.paste(0, (0, 0, 20, 40))
        content = write(source, "PNG", transparency=0)
    else:
        source = Image.new("RGBA", (40, 40), (0, 0, 0, 255))
        source.paste((0, 0, 0, 0), (0, 0, 20, 40))
        content = write(
            source.convert("RGBA" if mode == "PA" else mode).quantize(4) if mode == "PA" else source.convert(mode),
            "PNG",
        )
    picture = await look(children, content)
    with Image.open(io.BytesIO(picture.upright)) as plain:
        assert plain.mode == "RGB"
        assert plain.getpixel((5, 5)) == (255, 255, 255)
        assert plain.getpixel((30, 5)) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
async def test_of_a_moving_picture_the_first_frame_is_taken(children: ChildPool, kind: str) -> None:
    """Animated WebP and PNG."""
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
    content = write(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    picture = await look(children, content)
    with Image.open(io.BytesIO(picture.upright)) as plain:
        assert getattr(plain, "n_frames", 1) == 1
        pixel = plain.convert("RGB").getpixel((16, 16))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200
    assert pixel[1] < 50


async def test_other_colour_spaces_become_srgb(children: ChildPool) -> None:
    """A picture whose profile has another white and other primaries is converted; one in sRGB is left alone."""
    picture = Image.new("RGB", (16, 16), (200, 100, 50))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert (await look(children, kept := write(picture, "PNG", icc_profile=lab))).upright == kept
    foreign = lab.replace("sRGB built-in".encode("utf-16-be"), "XYZW built-in".encode("utf-16-be"))
    assert foreign != lab
    converted = await look(children, write(picture, "PNG", icc_profile=foreign))
    with Image.open(io.BytesIO(converted.upright)) as plain:
        assert "icc_profile" not in plain.info


async def test_broken_metadata_is_no_reason_to_refuse(children: ChildPool) -> None:
    """Garbage where EXIF and the colour profile belong."""
    content = write(make_picture(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff", icc_profile=b"rubbish" * 30)
    assert (await look(children, content)).upright == content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [0.02, 0.25, 0.5, 0.9, 0.98])
async def test_truncated_pictures_are_refused(children: ChildPool, kind: str, kept: float) -> None:
    """Cut off anywhere, in the head, the middle or near the end."""
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8))
    content = write(noise, kind)
    with pytest.raises(InputUnreadable, match="image: "):
        await look(children, content[: max(20, int(len(content) * kept))])


@pytest.mark.parametrize("start", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8 "])
@pytest.mark.parametrize("rest", [b"", b"just some text", bytes(500), b"\xff" * 500])
async def test_other_bytes_behind_a_pictures_start_are_refused(children: ChildPool, start: bytes, rest: bytes) -> None:
    """The first bytes convince nobody in the child."""
    with pytest.raises(InputUnreadable):
        await look(children, start + rest)


def make_png_bomb(width: int, height: int) -> bytes:
    """Return a small PNG of one bit a pixel that claims to be huge, and is."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


async def test_too_many_pixels_are_refused_before_decoding(children: ChildPool) -> None:
    """A picture of 30000 x 30000 in a few kilobytes, and one pixel row over the limit."""
    with pytest.raises(InputTooLarge, match="64 megapixels"):
        await look(children, make_png_bomb(30_000, 30_000))
    with pytest.raises(InputTooLarge):
        await look(children, make_png_bomb(8000, 8001))


async def test_as_many_pixels_as_allowed_are_read(children: ChildPool) -> None:
    """The largest picture is decoded, converted and written within the child's limits."""
    picture = await look(children, make_png_bomb(8000, 8000))
    assert (picture.width_px, picture.height_px) == (8000, 8000)


async def test_a_text_bomb_inside_a_picture_is_refused_or_ignored(children: ChildPool) -> None:
    """A compressed comment that unpacks to 200 MB cannot take that memory."""
    body = b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    content = write(make_picture(), "PNG")
    with pytest.raises(InputUnreadable):
        await look(children, content[:33] + chunk + content[33:])


async def test_hostile_bytes_never_end_in_anything_but_a_verdict(children: ChildPool) -> None:
    """A hundred damaged files of each kind are either read or refused."""
    dice = random.Random(20)  # noqa: S311 -- the same files each time
    verdicts = {True: 0, False: 0}

    async def judge(content: bytes) -> None:
        try:
            await look(children, content)
        except (InputUnreadable, InputTooLarge):
            verdicts[False] += 1
        else:
            verdicts[True] += 1

    damaged = []
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = write(make_picture(), kind)
        for _ in range(100):
            content = bytearray(whole)
            for _ in range(dice.randint(1, 8)):
                content[dice.randrange(12, len(content))] = dice.randrange(256)
            damaged.append(bytes(content))
    for start in range(0, len(damaged), 20):
        await asyncio.gather(*map(judge, damaged[start : start + 20]))
    assert verdicts[True] + verdicts[False] == 300
    assert verdicts[False] > 50


async def test_a_server_without_children_is_not_the_callers_fault() -> None:
    """The caller may try again."""
    pool = ChildPool()
    await pool.close()
    with pytest.raises(ServerBusy):
        await look(pool, write(make_picture(), "PNG"))


def make_video(path: pathlib.Path, *, frames: int = 48, audio: bool = True, faststart: bool = False) -> None:
    """Write frames of noise at 24 a second, in groups of 12, and silence."""
    dice = np.random.default_rng(2)
    with av.open(str(path), "w", options={"movflags": "faststart"} if faststart else {}) as container:
        video = container.add_stream("libx264", rate=24, options={"g": "12", "threads": "1"})
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="stereo") if audio else None
        for _ in range(frames):
            pixels = dice.integers(0, 255, (96, 160, 3), np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(video.encode())
        if sound:
            silence = av.AudioFrame.from_ndarray(np.zeros((2, 2000 * frames), np.float32), "fltp", "stereo")
            silence.sample_rate, silence.pts, silence.time_base = 48000, 0, Fraction(1, 48000)
            container.mux(sound.encode(silence))
            container.mux(sound.encode())


@pytest.mark.parametrize("audio", [True, False])
async def test_a_video_tells_its_facts(children: ChildPool, tmp_path: pathlib.Path, audio: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """Size, length, frames, rate, codecs and sound."""
    path = tmp_path / "video.mp4"
    make_video(path, audio=audio)
    facts = await probe_video(path, children=children)
    assert (facts.width_px, facts.height_px, facts.frames) == (160, 96, 48)
    assert facts.duration_s == pytest.approx(2.0)
    assert facts.frame_rate == pytest.approx(24.0)
    assert (facts.video_codec, facts.pixel_format) == ("h264", "yuv420p")
    assert facts.audio_codec == ("aac" if audio else None)
    assert facts.has_audio is audio
    assert "mp4" in facts.container


@pytest.mark.parametrize("faststart", [True, False])
@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.97])
async def test_truncated_videos_are_failures(
    children: ChildPool,
    tmp_path: pathlib.Path,
    kept: float,
    faststart: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    """With the index at the end nothing can be read; with it at the start frames are missing."""
    path = tmp_path / "video.mp4"
    make_video(path, faststart=faststart)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(EngineFailed):
        await probe_video(path, children=children)


async def test_a_video_that_lost_its_last_byte_is_a_failure(children: ChildPool, tmp_path: pathlib.Path) -> None:
    """Also where the byte belongs to the sound."""
    path = tmp_path / "video.mp4"
    make_video(path, faststart=True)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(EngineFailed, match="damaged"):
        await probe_video(path, children=children)


@pytest.mark.parametrize("share", [(0.0, 0.2), (0.9, 1.0)])
async def test_a_video_whose_beginning_or_end_is_empty_is_a_failure(
    children: ChildPool, tmp_path: pathlib.Path, share: tuple[float, float]
) -> None:
    """As a power cut leaves it: the size is right and there are zeros inside."""
    path = tmp_path / "video.mp4"
    make_video(path, audio=False)
    content = path.read_bytes()
    start = content.index(b"mdat") + 4
    length = content.index(b"moov") - 4 - start
    first, last = (start + int(length * part) for part in share)
    path.write_bytes(content[:first] + bytes(last - first) + content[last:])
    with pytest.raises(EngineFailed, match="damaged"):
        await probe_video(path, children=children)


async def test_a_video_with_fewer_frames_than_promised_is_a_failure(
    children: ChildPool, tmp_path: pathlib.Path
) -> None:
    """Cut off cleanly between two frames, which only the number in the head gives away."""
    path = tmp_path / "video.avi"
    make_video(path, audio=False)
    assert (await probe_video(path, children=children)).frames == 48
    with av.open(str(path)) as container:
        starts = [packet.pos for packet in container.demux() if packet.size]
    assert starts[30]
    path.write_bytes(path.read_bytes()[: starts[30]])
    with pytest.raises(EngineFailed, match="cut off"):
        await probe_video(path, children=children)


async def test_other_files_are_no_videos(children: ChildPool, tmp_path: pathlib.Path) -> None:
    """Text, a playlist that leads elsewhere, sound alone, nothing at all."""
    for name, content in {
        "a.mp4": b"hello",
        "b.mp4": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/secret\n",
        "c.mp4": b"ffconcat version 1.0\nfile /etc/passwd\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(EngineFailed):
            await probe_video(tmp_path / name, children=children)
    with pytest.raises(EngineFailed) as caught:
        await probe_video(tmp_path / "missing.mp4", children=children)
    assert str(tmp_path) not in str(caught.value)


FORMATS = {
    "mp4": ("libx264", "video/mp4"),
    "mov": ("libx264", "video/quicktime"),
    "matroska": ("libx264", "video/x-matroska"),
    "webm": ("libvpx", "video/webm"),
    "avi": ("mpeg4", "video/x-msvideo"),
    "mpeg": ("mpeg2video", "video/mpeg"),
    "mpegts": ("mpeg2video", "video/mp2t"),
    "flv": ("flv", "video/x-flv"),
    "asf": ("wmv2", "video/x-ms-wmv"),
}


def make_clip(form: str, codec: str, *, frames: int = 25, size: tuple[int, int] = (160, 90)) -> bytes:
    """Return a short clip without sound."""
    content = io.BytesIO()
    with av.open(content, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for _ in range(frames):
            grey = av.VideoFrame.from_ndarray(np.full((size[1] * 3 // 2, size[0]), 128, np.uint8), format="yuv420p")
            container.mux(stream.encode(grey))
        container.mux(stream.encode(None))
    return content.getvalue()


@pytest.mark.parametrize("form", FORMATS)
async def test_videos_of_callers_are_read(children: ChildPool, form: str) -> None:
    """In every container that wires name; a damaged one is refused, whatever is left of it."""
    codec, media_type = FORMATS[form]
    clip = make_clip(form, codec, size=(160, 96))
    found, facts = await inspect_video(clip, field="video", children=children)
    assert found == media_type
    assert (facts.width_px, facts.height_px, facts.has_audio) == (160, 96, False)
    assert facts.duration_s == pytest.approx(1.0, abs=0.1)
    with pytest.raises(InputUnreadable, match="video"):
        await inspect_video(clip[:40], field="video", children=children)


async def test_giants_are_refused_before_they_are_decoded(children: ChildPool) -> None:
    """Too many pixels, and too many seconds."""
    with pytest.raises(InputTooLarge, match="pixels"):
        await inspect_video(make_clip("mp4", "mpeg4", frames=1, size=(4160, 2400)), field="video", children=children)
    with pytest.raises(InputTooLarge, match="180 s"):
        await inspect_video(make_clip("mp4", "mpeg4", frames=181 * 25, size=(16, 16)), field="video", children=children)


async def test_hostile_videos_never_end_in_anything_but_a_verdict(children: ChildPool) -> None:
    """Bytes turned at random are read or refused, by name."""
    clip, chance = make_clip("mp4", "libx264"), random.Random(5)  # noqa: S311 -- bytes, not secrets
    for _ in range(12):
        torn = bytearray(clip)
        for _ in range(20):
            torn[chance.randrange(12, len(torn))] = chance.randrange(256)
        with contextlib.suppress(InputUnreadable, InputTooLarge):
            await inspect_video(bytes(torn), field="video", children=children)
