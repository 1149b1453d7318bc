"""Cut-outs: what stands before a plain background is found, with pale parts and without shadows; scenes stay whole."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.cutout import plain_background, read_cutout

_SIZE = 400


def _product(background: tuple[int, int, int], *, shadow: bool = False, noise: float = 1.0) -> tuple[Plane, Plane]:
    """A green box with a pale foot before a background, and its true mask."""
    picture = np.full((_SIZE, _SIZE, 3), background, np.float32)
    picture *= np.linspace(1.0, 0.96, _SIZE, dtype=np.float32)[:, None, None]
    if shadow:
        dark = np.zeros((_SIZE, _SIZE), np.float32)
        cv2.ellipse(dark, (215, 332), (120, 14), 0, 0, 360, 1, -1)
        picture *= 1 - 0.3 * cv2.GaussianBlur(dark, (0, 0), 11)[..., None]
    mask = np.zeros((_SIZE, _SIZE), np.uint8)
    cv2.rectangle(mask, (140, 90), (260, 330), 255, -1)
    picture[mask > 0] = (60, 140, 50)
    picture[290:330, 140:261] = (200, 225, 235)
    rng = np.random.default_rng(3)
    picture += rng.standard_normal(picture.shape, dtype=np.float32) * noise
    return np.clip(picture, 0, 255).astype(np.uint8), mask


def _overlap(found: Plane, true: Plane) -> float:
    both, either = (found > 128) & (true > 128), (found > 128) | (true > 128)
    return float(both.sum() / either.sum())


@pytest.mark.parametrize(
    ("background", "shadow"),
    [((254, 254, 254), False), ((205, 205, 205), True), ((190, 120, 60), False), ((20, 20, 20), False)],
)
def test_a_thing_before_a_plain_background_is_cut_out(background: tuple[int, int, int], shadow: bool) -> None:  # noqa: FBT001 - a parameter
    """White, grey with a soft shadow, blue and black."""
    picture, true = _product(background, shadow=shadow)
    found = plain_background(picture)
    assert found is not None
    assert _overlap(found, true) > 0.94


def test_the_same_picture_is_cut_in_the_same_way() -> None:
    """Whatever was cut before."""
    picture, _ = _product((250, 250, 250))
    first = plain_background(picture)
    plain_background(_product((90, 90, 200))[0])
    again = plain_background(picture)
    assert first is not None
    assert again is not None
    assert (first == again).all()


def test_scenes_and_empty_pictures_stay_whole() -> None:
    """Texture, a plain colour, and a thing that fills everything."""
    rng = np.random.default_rng(1)
    texture = cv2.resize(rng.random((12, 12, 3), dtype=np.float32), (_SIZE, _SIZE), interpolation=cv2.INTER_CUBIC)
    assert plain_background(np.clip(texture * 255, 0, 255).astype(np.uint8)) is None
    assert plain_background(np.full((_SIZE, _SIZE, 3), 230, np.uint8)) is None
    assert plain_background(np.full((3, 3, 3), 230, np.uint8)) is None
    full, _ = _product((255, 255, 255))
    assert plain_background(cv2.resize(full[120:260, 150:250], (_SIZE, _SIZE))) is None


def test_alpha_is_the_mask(tmp_path: Path) -> None:
    """What comes cut out is taken as it is, cut to what is seen, and none of what lies under it shines at its edge."""
    picture, mask = _product((0, 0, 255))
    soft = cv2.GaussianBlur(mask, (0, 0), 2)
    cv2.imwrite(str(tmp_path / "a.png"), np.dstack([picture, soft]))
    cutout = read_cutout(tmp_path / "a.png")
    assert cutout.mask is not None
    assert cutout.ratio == pytest.approx(121 / 241, abs=0.06)
    assert not cutout.cropped
    edge = (cutout.mask > 40) & (cutout.mask < 200)
    assert cutout.bgr[edge][:, 2].mean() < 140
    assert cutout.uncut.mask is None
    assert cutout.uncut.bgr.shape[:2] == (_SIZE, _SIZE)


def test_what_goes_on_below_is_known(tmp_path: Path) -> None:
    """Head and shoulders touch the lower edge."""
    picture = np.full((300, 300, 3), 240, np.uint8)
    cv2.ellipse(picture, (150, 310), (110, 90), 0, 0, 360, (150, 60, 40), -1)
    cv2.circle(picture, (150, 150), 70, (120, 150, 210), -1)
    cv2.imwrite(str(tmp_path / "bust.png"), picture)
    cutout = read_cutout(tmp_path / "bust.png")
    assert cutout.cropped
    assert cutout.mask is not None


def test_any_kind_of_file_is_read(tmp_path: Path) -> None:
    """Grey, 16 bits, opaque alpha and large ones; what is no picture is an OSError."""
    grey = np.random.default_rng(2).integers(0, 65535, (64, 48), dtype=np.uint16)
    cv2.imwrite(str(tmp_path / "grey.png"), grey)
    assert read_cutout(tmp_path / "grey.png").bgr.shape == (64, 48, 3)
    opaque = np.random.default_rng(2).integers(0, 255, (40, 60, 4), dtype=np.uint8)
    opaque[..., 3] = 255
    cv2.imwrite(str(tmp_path / "opaque.png"), opaque)
    assert read_cutout(tmp_path / "opaque.png").mask is None
    cv2.imwrite(str(tmp_path / "large.jpg"), np.zeros((200, 3000, 3), np.uint8))
    assert max(read_cutout(tmp_path / "large.jpg").bgr.shape) == 1440
    (tmp_path / "bad.png").write_bytes(b"no")
    with pytest.raises(OSError, match=r"bad\.png"):
        read_cutout(tmp_path / "bad.png")
