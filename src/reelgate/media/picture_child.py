"""Decodes one picture of a stranger and makes it plain: upright, RGB, 8 bit, sRGB, one frame, nothing see-through.

Runs in a limited child alone; no other process may import it, because it imports codecs. `media.inspect` has it called.
"""

import io
import struct
from typing import Any, Final

from PIL import Image, ImageCms, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

from reelgate.core.media import IMAGE_PIXELS_MAX, IMAGE_SIZE_MAX_BYTES
from reelgate.kit.child_wire import ChildError, Emit

UNREADABLE: Final = "unreadable"
TOO_LARGE: Final = "too_large"

_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
#: Named, so that the zygote has them: Pillow would load them at the first picture of each child.
_PLUGINS: Final = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
#: What Pillow raises for broken files, besides what it means to.
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError, ZeroDivisionError,
    struct.error,
)  # fmt: skip
#: EXIF orientation to what makes it upright.
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION: Final = 0x0112
_QUALITIES: Final = (95, 85, 70)
#: What is behind what one can see through, as browsers have it.
_PAPER: Final = "white"


def look_at_picture(argument: dict[str, Any], _emit: Emit) -> dict[str, Any]:
    """Decode a picture wholly.

    Args:
        argument: `content`, the file's bytes, and `media_type`, what they begin like.

    Returns:
        `width_px` and `height_px` as shown; `upright`, the bytes of a plain file, or None where the given one is plain
        already; `media_type` of the plain file.

    Raises:
        ChildError: `UNREADABLE` or `TOO_LARGE`.

    """
    Image.MAX_IMAGE_PIXELS = None  # The check below is stricter, and says so in our words.
    media_type = argument["media_type"]
    try:
        with Image.open(io.BytesIO(argument["content"]), formats=[_FORMATS[media_type]]) as picture:
            if picture.width * picture.height > IMAGE_PIXELS_MAX:
                raise ChildError(TOO_LARGE, f"has more than {IMAGE_PIXELS_MAX // 1_000_000} megapixels")
            picture.load()
            plain = _make_plain(picture)
    except _BROKEN as error:
        raise ChildError(UNREADABLE, "is damaged or cut off") from error
    shown = picture if plain is None else plain
    facts = {"width_px": shown.width, "height_px": shown.height, "media_type": media_type, "upright": None}
    if plain is not None:
        facts["media_type"], facts["upright"] = _write(plain, lossless=media_type == "image/png")
    return facts


def _make_plain(picture: Image.Image) -> Image.Image | None:
    """Return the picture as engines expect it, or None where its file shows it so already."""
    turn = _TURNS.get(_orientation(picture))
    profile = _foreign_profile(picture)
    if (
        picture.mode in {"RGB", "L"}
        and turn is None
        and profile is None
        and not picture.has_transparency_data
        and not getattr(picture, "is_animated", False)
    ):
        return None
    plain = _to_rgb(picture, profile)
    return plain if turn is None else plain.transpose(turn)


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except _BROKEN:
        return 1  # Broken metadata is no reason to refuse a whole picture.


def _to_rgb(picture: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    if picture.mode.startswith("I"):
        # 16 bits of grey: Pillow's own conversion would cut off instead of scale.
        picture = picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        picture = Image.new("RGB", seen.size, _PAPER)
        picture.paste(seen, mask=seen.getchannel("A"))
    elif picture.mode not in {"RGB", "L", "CMYK"}:
        picture = picture.convert("RGB")
    if profile is not None and profile.profile.xcolor_space.strip() == {"L": "GRAY"}.get(picture.mode, picture.mode):
        try:
            converted = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except ImageCms.PyCMSError:
            converted = None  # A broken profile: the colours are shown as they are.
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _foreign_profile(picture: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """Return the picture's colour profile unless it has none, a broken one or sRGB."""
    content = picture.info.get("icc_profile")
    if not content:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        return None if "srgb" in ImageCms.getProfileDescription(profile).lower() else profile
    except (*_BROKEN, ImageCms.PyCMSError):
        return None


def _write(plain: Image.Image, *, lossless: bool) -> tuple[str, bytes]:
    """Return media type and bytes of a new file without metadata, small enough to be an input itself."""
    plain.info.clear()
    if lossless:
        content = io.BytesIO()
        plain.save(content, "PNG", compress_level=3)
        if content.tell() <= IMAGE_SIZE_MAX_BYTES:
            return "image/png", content.getvalue()
    for quality in _QUALITIES:
        content = io.BytesIO()
        plain.save(content, "JPEG", quality=quality, subsampling=0 if quality == _QUALITIES[0] else 2)
        if content.tell() <= IMAGE_SIZE_MAX_BYTES:
            return "image/jpeg", content.getvalue()
    raise ChildError(TOO_LARGE, "is too detailed to be stored upright")
