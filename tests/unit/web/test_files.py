"""How files are named for whoever saves them."""

import pytest

from reelgate.web.files import write_disposition


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("video-0.mp4", 'inline; filename="video-0.mp4"'),
        ("my video.mp4", 'inline; filename="my video.mp4"'),
        ("\u00fcber.mp4", "inline; filename=\"_ber.mp4\"; filename*=UTF-8''%C3%BCber.mp4"),
        ('a"b\\c\r\nX: y.mp4', "inline; filename=\"a_b_c__X_ y.mp4\"; filename*=UTF-8''a%22b%5Cc%0D%0AX%3A%20y.mp4"),
        ("../../etc/passwd", "inline; filename=\".._.._etc_passwd\"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd"),
        ("100%25.mp4", "inline; filename=\"100_25.mp4\"; filename*=UTF-8''100%2525.mp4"),
    ],
)
def test_names_cannot_break_out_of_the_header(name: str, expected: str) -> None:
    """Quotes, line ends and other scripts."""
    assert write_disposition(name, download=False) == expected


def test_a_download_is_an_attachment() -> None:
    """Browsers save it."""
    assert write_disposition("a.mp4", download=True) == 'attachment; filename="a.mp4"'
