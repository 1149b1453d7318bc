"""Look at videos and make pictures, as ffprobe and a camera would."""

import io
import pathlib
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a player would find."""

    width: int
    height: int
    frames: int
    frame_rate: float
    duration_s: float
    video_codec: str
    audio_codec: str | None
    first_frame: NDArray[np.uint8]
    middle_frame: NDArray[np.uint8]
    last_frame: NDArray[np.uint8]


def look_at(path: pathlib.Path) -> Facts:
    """Decode a whole video."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        audio = container.streams.audio[0] if container.streams.audio else None
        first = middle = frame = None
        frames = 0
        for frame in container.decode(video):
            first = _pixels(frame) if first is None else first
            middle = _pixels(frame) if frames == video.frames // 2 else middle
            frames += 1
        assert first is not None
        assert middle is not None
        assert frame is not None
        assert video.average_rate is not None
        assert container.duration is not None
        return Facts(
            width=video.width,
            height=video.height,
            frames=frames,
            frame_rate=float(video.average_rate),
            duration_s=container.duration / 1e6,
            video_codec=video.codec_context.name,
            audio_codec=audio.codec_context.name if audio else None,
            first_frame=first,
            middle_frame=middle,
            last_frame=_pixels(frame),
        )


def _pixels(frame: av.VideoFrame) -> NDArray[np.uint8]:
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def mirrored(width: int = 640, height: int = 360, form: str = "PNG") -> bytes:
    """Return `picture` seen in a mirror: its disc is right of the middle."""
    buffer = io.BytesIO()
    turned = Image.open(io.BytesIO(picture(width, height))).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turned.save(buffer, form, quality=95)
    return buffer.getvalue()


def picture(width: int = 640, height: int = 360, form: str = "JPEG") -> bytes:
    """Return a colourful picture: a gradient with a bright disc left of the middle."""
    down, across = np.mgrid[0:height, 0:width]
    pixels = np.stack([across * 255 // width, down * 255 // height, np.full_like(across, 90)], axis=-1).astype(np.uint8)
    disc = (across - width // 3) ** 2 + (down - height // 2) ** 2 < (min(width, height) // 6) ** 2
    pixels[disc] = (250, 240, 60)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, quality=95)
    return buffer.getvalue()


def likeness(frame: NDArray[np.uint8], content: bytes) -> float:
    """Return the PSNR in dB between a frame and a picture of the same ratio, scaled to it."""
    height, width = frame.shape[:2]
    wanted = np.asarray(
        Image.open(io.BytesIO(content)).convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    )
    error = np.mean((frame.astype(float) - wanted.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))
