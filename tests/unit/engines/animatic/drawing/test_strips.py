"""Strips: what is empty is left out, what is solid is known."""

import math

import numpy as np

from reelgate.engines.animatic.drawing.strips import plan_strips, solid_row


def test_an_empty_cover_has_no_strips() -> None:
    """Nothing painted, nothing drawn."""
    assert plan_strips(np.zeros((200, 320), np.uint8), plain=False) == ()


def test_the_empty_middle_is_left_out() -> None:
    """Two trunks leave what is between them alone."""
    cover = np.zeros((800, 1600), np.uint8)
    cover[:, :90] = 255
    cover[:, 1510:] = 200
    strips = plan_strips(cover, plain=False)
    assert [(strip.left, strip.right) for strip in strips] == [(0, 132), (1466, 1600)]
    assert solid_row(strips, 1600, 800) == math.inf


def test_a_hill_is_solid_below_its_line() -> None:
    """Rows below the lowest point of the line are solid in all columns."""
    cover = np.zeros((600, 1600), np.uint8)
    for column in range(1600):
        cover[100 + column // 16 :, column] = 255
    strips = plan_strips(cover, plain=True)
    assert strips[0].left == 0
    assert strips[-1].right == 1600
    assert strips[0].top == 100
    assert solid_row(strips, 1600, 600) == 199
