"""Pictures: read from any format, fitted without distortion, and never left by the camera."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from reelgate.engines.animatic.drawing.camera import path_of
from reelgate.engines.animatic.drawing.picture import PicturePath, fitted, read_picture
from reelgate.engines.animatic.scene import Camera, Pace


def _circle(width: int, height: int) -> np.ndarray:
    image = np.full((height, width, 3), 60, np.uint8)
    cv2.circle(image, (width // 2, height // 2), min(width, height) // 3, (240, 240, 240), -1)
    return image


@pytest.mark.parametrize("size", [(800, 450), (450, 800), (600, 600), (300, 100), (1290, 720)])
def test_a_circle_stays_a_circle(size: tuple[int, int]) -> None:
    """Fitting never stretches, whatever the picture's shape."""
    seen = fitted(_circle(*size), 640, 360)
    assert seen.shape == (360, 640, 3)
    mask = (seen[..., 1] > 200).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    _, _, width, height, _ = stats[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))]
    assert abs(width - height) <= 3


def test_a_picture_of_nearly_the_shape_is_cut_and_others_are_shown_whole() -> None:
    """Only a few percent may be cut; a tall picture keeps its corners."""
    tall = np.full((900, 300, 3), 90, np.uint8)
    tall[:30, :30] = (0, 0, 255)
    seen = fitted(tall, 640, 360)
    assert (seen[..., 2].astype(int) - seen[..., 0] > 120).any()
    wide = fitted(np.full((355, 640, 3), 200, np.uint8), 640, 360)
    assert wide.min() >= 198


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_formats_are_read(tmp_path: Path, ending: str) -> None:
    """JPEG, PNG and WebP come out as BGR of their size."""
    path = tmp_path / f"in.{ending}"
    cv2.imwrite(str(path), _circle(64, 48))
    assert read_picture(path).shape == (48, 64, 3)


def test_see_through_lies_on_white_and_grey_becomes_colour(tmp_path: Path) -> None:
    """Alpha and single-channel pictures are made plain."""
    clear = np.zeros((8, 8, 4), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), clear)
    assert (read_picture(tmp_path / "a.png") == 255).all()
    cv2.imwrite(str(tmp_path / "b.png"), np.full((8, 8), 77, np.uint8))
    assert (read_picture(tmp_path / "b.png") == 77).all()


def test_what_is_no_picture_is_an_os_error(tmp_path: Path) -> None:
    """Broken and empty files are refused by name."""
    for content in (b"", b"not a picture"):
        (tmp_path / "bad.png").write_bytes(content)
        with pytest.raises(OSError, match=r"bad\.png"):
            read_picture(tmp_path / "bad.png")


@pytest.mark.parametrize("camera", [camera for camera in Camera if camera not in {Camera.PULL_OUT, Camera.ROLL}])
def test_the_camera_begins_with_the_whole_picture_and_stays_inside(camera: Camera) -> None:
    """At first all is shown; later never anything beyond the edges."""
    path = PicturePath(path=path_of(camera, Pace.FAST, duration_s=8, aspect=16 / 9, phase=0.7))
    first = path.at(0.0)
    assert (first.zoom, first.x, first.y, first.roll) == (1.0, 0.0, 0.0, 0.0)
    for step in range(1, 101):
        view = path.at(step / 100)
        x, y = view.offset(1.0)
        half = 0.5 / view.zoom
        assert abs(x) + half * 16 / 9 <= 8 / 9 + 0.004
        assert abs(y) + half <= 0.5 + 0.004
