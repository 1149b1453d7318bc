"""Telling pictures by their first bytes, without decoding."""

import pytest

from reelgate.core.errors import InputTooLarge, InputUnreadable
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES, IMAGE_TYPES, VIDEO_SIZE_MAX_BYTES, VIDEO_TYPES
from reelgate.kit.children import ChildPool
from reelgate.media.inspect import inspect_picture, inspect_video, sniff_picture, sniff_video


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


@pytest.mark.parametrize(
    ("start", "media_type"),
    [
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\0\0\0\x20ftypmp42", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9fB\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
        (b"\0\0\1\xba\x44", "video/mpeg"),
        (b"\0\0\1\xb3\x14", "video/mpeg"),
        (b"G" + bytes(187) + b"G" + bytes(187) + b"G", "video/mp2t"),
        (b"FLV\1\5", "video/x-flv"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-wmv"),
    ],
)
def test_the_first_bytes_tell_a_video_s_type(start: bytes, media_type: str) -> None:
    """Each type that is told has a place in the store."""
    assert sniff_video(start + bytes(10)) == media_type
    assert media_type in VIDEO_TYPES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"GIF89a", "is a picture"),
        (b"\0\0\0\x18ftypheic", "no video"),
        (b"\0\0\0\x18ftypavif", "no video"),
        (b"RIFF\x10\0\0\0WAVE", "no video"),
        (b"#EXTM3U\nhttp://10.0.0.1/secret", "no video"),
        (b"ffconcat version 1.0\nfile /etc/passwd", "no video"),
        (b"hello", "no video"),
    ],
)
async def test_what_is_no_video_is_refused_without_a_child(content: bytes, words: str) -> None:
    """The caller reads what is read; a playlist leads nowhere."""
    with pytest.raises(InputUnreadable, match=f"video.*{words}"):
        await inspect_video(content, field="video", children=NoChildren())


async def test_too_large_a_video_is_refused_without_a_child() -> None:
    """50 MB and one byte."""
    with pytest.raises(InputTooLarge, match="50 MB"):
        await inspect_video(b"\0\0\0\x20ftypisom" + bytes(VIDEO_SIZE_MAX_BYTES), field="video", children=NoChildren())
