"""What is kept of a caller's file besides its bytes."""

import uuid

import pytest

from reelgate.core.media import IMAGE_TYPES
from reelgate.objects.store import check_key
from reelgate.service.inputs import FILE_NAME_MAX_CHARS, input_key, plain_file_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("", None),
        ("\0\n", None),
        ("photo.png", "photo.png"),
        ("a\0b\r\n\x1bc.png", "abc.png"),
        ("für dich 🎬.webp", "für dich 🎬.webp"),
        ("half \ud800.png", "half .png"),
        ("x" * 999, "x" * FILE_NAME_MAX_CHARS),
    ],
)
def test_a_file_name_is_plain_text(given: str | None, kept: str | None) -> None:
    """The database takes no NUL, and nobody reads a name of a thousand characters."""
    assert plain_file_name(given) == kept


@pytest.mark.parametrize("media_type", IMAGE_TYPES)
def test_an_input_s_key_is_one_that_stores_take(media_type: str) -> None:
    """It names the type, as the bytes have it."""
    key = input_key(uuid.UUID(int=7), media_type)
    assert check_key(key) == key
    assert key.endswith(IMAGE_TYPES[media_type])
