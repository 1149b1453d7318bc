"""Telling pictures by their first bytes, without decoding."""

import pytest

from reelgate.core.errors import InputTooLarge, InputUnreadable
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES, IMAGE_TYPES
from reelgate.kit.children import ChildPool
from reelgate.media.inspect import inspect_picture, sniff_picture


class NoChildren(ChildPool):
    """A pool that must not be asked."""

    async def call(self, *_: object, **__: object) -> object:
        """Fail the test."""
        raise AssertionError("a child was asked")


@pytest.mark.parametrize(
    ("start", "media_type"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\xff\xd8\xff\xdb", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
def test_the_first_bytes_tell_the_type(start: bytes, media_type: str) -> None:
    """Each type that is told has a place in the store."""
    assert sniff_picture(start + bytes(10)) == media_type
    assert media_type in IMAGE_TYPES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xff\xd8", "not a picture"),
        (b"\x89PNG\n\x1a\n", "not a picture"),
        (b"RIFF\x10\0\0\0WAVE", "not a picture"),
        (b"GIF89a", "a GIF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
        (b"\0\0\0\x18ftypisom", "a video"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"BM6\0", "BMP"),
        (b"II*\0", "TIFF"),
        (b"hello", "not a picture"),
    ],
)
async def test_other_files_are_refused_by_name_without_a_child(content: bytes, words: str) -> None:
    """The caller reads what it sent and what is read."""
    with pytest.raises(InputUnreadable, match=f"image_urls.*{words}"):
        await inspect_picture(content, field="image_urls[0]", children=NoChildren())


async def test_too_many_bytes_are_refused_without_a_child() -> None:
    """20 MB and one byte, whatever they are."""
    with pytest.raises(InputTooLarge, match="20 MB"):
        await inspect_picture(bytes(IMAGE_SIZE_MAX_BYTES + 1), field="image", children=NoChildren())
