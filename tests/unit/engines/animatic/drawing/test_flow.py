"""Flow: what moved is followed, what has nothing in common is not trusted."""

import cv2
import numpy as np
import pytest

from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.flow import common_move, flows_between


def texture(seed: int, width: int = 480, height: int = 270) -> Plane:
    """Soft patches with fine detail, as photographs have."""
    rng = np.random.default_rng(seed)
    out = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((6, 0.5), (24, 0.3), (70, 0.2)):
        noise = rng.random((cells, cells * 2, 3), dtype=np.float32)
        out += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * weight
    for _ in range(60):
        x, y, size = (int(value) for value in rng.integers((0, 0, 8), (width, height, 40)))
        cv2.rectangle(out, (x, y), (x + size, y + size), rng.random(3).tolist(), -1)
    return np.clip(out * 255, 0, 255).astype(np.uint8)


def moved(picture: Plane, matrix: list[list[float]]) -> Plane:
    size = (picture.shape[1], picture.shape[0])
    return cv2.warpAffine(picture, np.array(matrix, np.float32), size, borderMode=cv2.BORDER_REFLECT_101)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([[1, 0, 40], [0, 1, -12]], (40.0, -12.0)),
        ([[1, 0, -150], [0, 1, 0]], (-150.0, 0.0)),
        ([[1.15, 0, -36], [0, 1.15, -20.25]], (0.0, 0.0)),
    ],
)
def test_a_move_is_found_both_ways(matrix: list[list[float]], expected: tuple[float, float]) -> None:
    """Shifts near and far, and coming closer: the move of the middle is found, and trusted there and back."""
    first = texture(1)
    there, here = flows_between(first, moved(first, matrix))
    rows, columns = there.trust.shape
    middle = (slice(rows // 3, rows * 2 // 3), slice(columns * 2 // 5, columns * 3 // 5))
    assert np.median(there.moves[middle].reshape(-1, 2), axis=0) * 270 == pytest.approx(expected, abs=6)
    assert there.trust[middle].mean() > 0.6
    assert here.share > 0.3


def test_the_same_picture_stays_where_it_is() -> None:
    """In another light, too."""
    first = texture(2)
    darker = cv2.convertScaleAbs(first, alpha=0.45, beta=8)
    there, _ = flows_between(first, darker)
    assert float(np.abs(there.moves).max()) * 270 < 3
    assert there.share > 0.7


def test_pictures_without_anything_in_common_are_not_trusted() -> None:
    """Whatever flow was found between them."""
    there, here = flows_between(texture(3), texture(4))
    assert max(there.share, here.share) < 0.12
    assert np.isfinite(there.moves).all()


def test_empty_pictures_have_no_flow() -> None:
    """Plain colours are met without a fault."""
    plain = np.full((90, 160, 3), 200, np.uint8)
    there, _ = flows_between(plain, np.full_like(plain, 20))
    assert np.isfinite(there.moves).all()
    assert there.moves.shape[:2] == there.trust.shape


def test_a_common_move_needs_agreement() -> None:
    """Marks that move by chance have none; many that move as one do."""
    rng = np.random.default_rng(5)
    places = rng.random((60, 2), dtype=np.float32) * 300
    assert common_move(places, rng.random((60, 2), dtype=np.float32) * 300) is None
    assert common_move(places[:5], places[:5]) is None
    found = common_move(places, places * 2 + 7)
    assert found is not None
    assert found[:, :2] == pytest.approx(np.eye(2) * 2, abs=0.01)
    assert common_move(places, places * 8) is None
