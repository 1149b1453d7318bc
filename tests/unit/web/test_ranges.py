"""Byte ranges and entity tags as RFC 9110 has them."""

import pytest

from reelgate.web.ranges import RangeUnsatisfiable, names_tag, read_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-499", (0, 500)),
        ("bytes=500-", (500, 1000)),
        ("bytes=999-", (999, 1000)),
        ("bytes=-1", (999, 1000)),
        ("bytes=-1000", (0, 1000)),
        ("bytes=-2000", (0, 1000)),
        ("bytes=900-2000", (900, 1000)),
        ("bytes=0-" + "9" * 5000, (0, 1000)),
        ("bytes=-" + "9" * 5000, (0, 1000)),
        ("bytes=" + "0" * 5000 + "7-8", (7, 9)),
        ("Bytes = 1-2 ", (1, 3)),
    ],
)
def test_a_range_names_its_bytes(header: str, expected: tuple[int, int]) -> None:
    """Open at either end, longer than the file, and with absurd numbers."""
    assert read_range(header, 1000) == expected


@pytest.mark.parametrize(
    "header",
    [
        None, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5", "bytes=5-4", "items=0-5", "bytes=0-1,3-4",
        "bytes=0-1, -1", "bytes=+1-2", "bytes=1--2", "bytes=\u0661-\u0662", "bytes=0x1-2", "0-5",
    ],
)  # fmt: skip
def test_other_headers_mean_the_whole_file(header: str | None) -> None:
    """Malformed, another unit, or several ranges."""
    assert read_range(header, 1000) is None


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("bytes=1000-", 1000),
        ("bytes=1000-1001", 1000),
        ("bytes=-0", 1000),
        ("bytes=0-", 0),
        ("bytes=-5", 0),
        ("bytes=" + "9" * 5000 + "-", 1000),
    ],
)
def test_a_range_behind_the_end_cannot_be_satisfied(header: str, size: int) -> None:
    """Of an empty file no range can."""
    with pytest.raises(RangeUnsatisfiable):
        read_range(header, size)


@pytest.mark.parametrize("header", ["*", '"a"', 'W/"a"', '"b", "a"', '"b",W/"a" ', ' "a"'])
def test_tags_are_compared_weakly(header: str) -> None:
    """In lists, too."""
    assert names_tag(header, '"a"')


@pytest.mark.parametrize("header", [None, "", "a", '"b"', '"A"', '"ab"', '"b", "c"', "**"])
def test_other_tags_do_not_match(header: str | None) -> None:
    """A tag is quoted and compared exactly."""
    assert not names_tag(header, '"a"')
