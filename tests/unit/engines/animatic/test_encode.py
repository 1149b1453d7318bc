"""Segments: the same bytes for the same frames, joined in their order, and none left running after a failure."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import cv2
import numpy as np
import pytest

from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.encode import _in_order, encode_segment, frames_in_turn


def test_segments_come_in_their_order_while_others_are_made() -> None:
    """A slow first segment keeps back neither those after it nor their workers."""
    first_may_end, third_began = threading.Event(), threading.Event()

    def make(place: int) -> list[Any]:
        if place == 0:
            assert first_may_end.wait(20)
        if place == 2:
            third_began.set()
        return [place]

    def let_first_end() -> None:
        if third_began.wait(20):
            first_may_end.set()

    with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(1) as pool_of_one:
        segments = _in_order(range(5), lambda place: pool.submit(make, place), 4, lambda: None)
        with closing(segments):
            pool_of_one.submit(let_first_end)
            assert list(segments) == [[place] for place in range(5)]


def test_no_more_are_made_ahead_than_said() -> None:
    """What is made and not yet wanted stays little, however long the video."""
    submitted: list[int] = []

    def submit(place: int) -> Future[list[Any]]:
        submitted.append(place)
        done: Future[list[Any]] = Future()
        done.set_result([place])
        return done

    segments = _in_order(range(100), submit, 3, lambda: None)
    assert next(segments) == [0]
    assert submitted == [0, 1, 2]
    segments.close()


def test_a_failure_calls_the_others_off() -> None:
    """What has not begun when a segment fails never begins."""
    futures: list[Future[list[Any]]] = [Future() for _ in range(4)]
    futures[0].set_exception(OSError("disk full"))
    segments = _in_order(range(4), futures.__getitem__, 4, lambda: None)
    with pytest.raises(OSError, match="disk full"):
        next(segments)
    assert [future.cancelled() for future in futures] == [False, True, True, True]


def test_equal_frames_give_equal_bytes_whatever_lies_in_memory() -> None:
    """Memory that was used before, as in a process that has made many videos, is no part of the next one."""
    rng = np.random.default_rng(1)
    big = cv2.resize(rng.integers(0, 255, (40, 60), dtype=np.uint8), (560, 560), interpolation=cv2.INTER_CUBIC)

    def draw(frame: Frame, index: int) -> None:
        frame.y[:] = big[index * 2 : index * 2 + 360, index * 3 : index * 3 + 360]
        frame.u[:], frame.v[:] = 120, 130

    seen = set()
    for _ in range(40):
        used = [np.full(rng.integers(1, 900_000), rng.integers(0, 256), np.uint8) for _ in range(30)]
        del used
        seen.add(b"".join(map(bytes, encode_segment(draw, 0, 16, frames_in_turn(360, 360), lambda: None))))
    assert len(seen) == 1
