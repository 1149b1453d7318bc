"""Where videos are saved, and what is said about them."""

import pathlib

import pytest

from reelgate.cli.generate import out_paths, summary


@pytest.mark.parametrize(
    ("out", "samples", "paths"),
    [
        ("clip.mp4", 1, ["clip.mp4"]),
        ("a.b/clip.x.mp4", 2, ["a.b/clip.x-1.mp4", "a.b/clip.x-2.mp4"]),
        ("clip", 2, ["clip-1", "clip-2"]),
        ("clip.mp4", 0, []),
    ],
)
def test_each_sample_has_a_file(out: str, samples: int, paths: list[str]) -> None:
    """One keeps its name, several are numbered."""
    assert [str(path) for path in out_paths(pathlib.Path(out), samples)] == paths


def test_a_summary_names_everything_once() -> None:
    """Titles stand at the first line of a kind alone."""
    facts = {
        "saved": ["clip.mp4"],
        "thumbnails": ["clip.jpg"],
        "understood": ["place: sea", "time: night"],
        "approximated": [],
        "ignored": ["the"],
        "seed": 7,
        "took_s": 1.26,
    }
    assert summary(facts).splitlines() == [
        "saved        clip.mp4",
        "thumbnail    clip.jpg",
        "understood   place: sea",
        "             time: night",
        "ignored      the",
        "seed         7",
        "took         1.3 s",
    ]
