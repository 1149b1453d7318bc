"""Base64 in fields of JSON bodies."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.errors import InputTooLarge, InputUnreadable
from reelgate.web.base64_field import read_base64


@given(st.binary(min_size=1, max_size=50))
def test_bytes_come_back(content: bytes) -> None:
    """Both alphabets are read, with padding and without."""
    for text in (base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode()):
        assert read_base64("image", text, 50) == content
        assert read_base64("image", text.rstrip("="), 50) == content


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "a",
        "aaaaa",
        "aGVs bG8=",
        "aGVs\nbG8=",
        "aGVsbG8!",
        "a=bc",
        "+a-b",
        "ümlaut",
        "data:image/png;base64,aGVsbG8=",
    ],
)
def test_what_is_no_base64_is_refused(text: str) -> None:
    """Nothing is guessed at and nothing skipped; the field is named."""
    with pytest.raises(InputUnreadable, match=r"^image\.imageBytes: ") as raised:
        read_base64("image.imageBytes", text, 50)
    assert raised.value.field == "image.imageBytes"


def test_too_much_is_refused_before_it_is_decoded() -> None:
    """The limit is exact, and the length decides."""
    assert len(read_base64("image", base64.b64encode(bytes(30)).decode(), 30)) == 30
    for text in (base64.b64encode(bytes(31)).decode(), "!" * 1000):
        with pytest.raises(InputTooLarge, match="more than 30 bytes"):
            read_base64("image", text, 30)
