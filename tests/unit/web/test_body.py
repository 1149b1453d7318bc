"""Tests of reading bodies: what is refused, and when."""

import pytest
from starlette.requests import Request
from starlette.types import Message

from reelgate.core.errors import BodyMalformed, BodyTooLarge, ContentTypeUnsupported
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES
from reelgate.web.body import BODY_MAX_BYTES, FORM_FIELDS_MAX, FORM_FILES_MAX, read_body, read_form, read_json_object

MULTIPART = "multipart/form-data; boundary=xxx"


def request(chunks: list[bytes], content_type: str | None = None, length: str | None = None) -> Request:
    """Return a request whose body comes in chunks; after the last one the client is gone."""
    headers = {"content-type": content_type, "content-length": length}
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": place < len(chunks)}
        for place, chunk in enumerate(chunks, start=1)
    ]

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value is not None],
        # Starlette answers broken forms by itself inside of an application.
        "app": object(),
    }
    return Request(scope, receive)


def part(name: str, value: bytes, file_name: bytes | None = None) -> bytes:
    file_part = b"" if file_name is None else b'; filename="' + file_name + b'"'
    return (
        b'--xxx\r\nContent-Disposition: form-data; name="'
        + name.encode()
        + b'"'
        + file_part
        + b"\r\n\r\n"
        + value
        + b"\r\n"
    )


@pytest.mark.parametrize(
    "content_type", [None, "application/json", "Application/JSON; charset=utf-8", "application/x+json"]
)
async def test_json_is_read(content_type: str | None) -> None:
    """An object comes back whatever the spelling of its type, in one piece or more."""
    assert await read_json_object(request([b'{"a":', b' "\xc3\xbc"}'], content_type)) == {"a": "ü"}


async def test_an_empty_body_has_no_fields() -> None:
    """What is missing is named by who reads the fields."""
    assert await read_json_object(request([b""])) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"null",
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b"\xff",
    ],
)
async def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    """Broken, deep or plain values, and what is not UTF-8, are malformed."""
    with pytest.raises(BodyMalformed):
        await read_json_object(request([content]))


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", MULTIPART])
async def test_other_types_are_not_json(content_type: str) -> None:
    """A body that says it is something else is not guessed at."""
    with pytest.raises(ContentTypeUnsupported):
        await read_json_object(request([b"{}"], content_type))


@pytest.mark.parametrize("length", [str(BODY_MAX_BYTES + 1), "9" * 5000, "-1", "x", "²", ""])
async def test_a_body_that_says_it_is_too_large_is_not_read(length: str) -> None:
    """The header alone is enough."""
    with pytest.raises(BodyTooLarge):
        await read_body(request([], length=length))


async def test_a_body_that_grows_too_large_is_cut_off() -> None:
    """A body without a length is counted while it comes."""
    with pytest.raises(BodyTooLarge):
        await read_body(request([bytes(BODY_MAX_BYTES), b"1"]))
    with pytest.raises(BodyTooLarge):
        await read_form(request([part("image", bytes(BODY_MAX_BYTES), b"a.png"), b"1"], MULTIPART))


async def test_a_client_that_goes_away_is_noticed() -> None:
    """Half a body is no body."""
    gone = request([], "application/json")
    with pytest.raises(BodyMalformed):
        await read_json_object(gone)
    with pytest.raises(BodyMalformed):
        await read_form(request([], MULTIPART))


async def test_a_form_is_read() -> None:
    """Texts and files are told apart, names and values are UTF-8, and the last of two counts."""
    body = (
        part("prompt", b"old")
        + part("prompt", "ein Pier für dich 🎬".encode())
        + part("image", b"\xff\xd8", "ü.jpg".encode())
        + b"--xxx--\r\n"
    )
    form = await read_form(request([body[:70], body[70:]], MULTIPART))
    assert form.texts == {"prompt": "ein Pier für dich 🎬"}
    assert (form.files["image"].content, form.files["image"].file_name) == (b"\xff\xd8", "ü.jpg")


async def test_a_charset_of_the_client_changes_nothing() -> None:
    """Forms are UTF-8; a parameter cannot make the parser read something else."""
    body = part("prompt", "für".encode()) + b"--xxx--\r\n"
    for charset in ("latin-1", "utf-16", "rot13", "nonsense"):
        form = await read_form(request([body], f"{MULTIPART}; charset={charset}"))
        assert form.texts == {"prompt": "für"}


async def test_a_large_file_is_read_whole() -> None:
    """The limits of pictures and videos can be told from the body's."""
    body = part("image", bytes(IMAGE_SIZE_MAX_BYTES + 500), b"a.png") + b"--xxx--\r\n"
    form = await read_form(request([body], MULTIPART))
    assert len(form.files["image"].content) == IMAGE_SIZE_MAX_BYTES + 500


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b"--xxx--\r\n"),
        ('multipart/form-data; boundary="xxx', part("prompt", b"\xc3\xbc") + b"--xxx--\r\n"),
        (MULTIPART, b"nonsense"),
        (MULTIPART, part("prompt", b"x")),
        (MULTIPART, part("prompt", b"x") + part("image", b"\xff\xd8" * 100, b"a.png")[:200]),
        (MULTIPART, part("prompt", b"x") + part("image", b"\xff\xd8", b"a.png") + b"--xxx\r\n"),
        (MULTIPART, b"--xxx\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xxx--\r\n"),
        (MULTIPART, part("prompt", b"\xff") + b"--xxx--\r\n"),
        (MULTIPART, part("image", b"x", b"\xff.png") + b"--xxx--\r\n"),
        (MULTIPART, part("prompt", bytes(1_100_000)) + b"--xxx--\r\n"),
        (MULTIPART, b"".join(part("x", b"") for _ in range(FORM_FIELDS_MAX + 1)) + b"--xxx--\r\n"),
        (MULTIPART, b"".join(part("x", b"", b"a") for _ in range(FORM_FILES_MAX + 1)) + b"--xxx--\r\n"),
    ],
)
async def test_a_broken_form_is_malformed(content_type: str, body: bytes) -> None:
    """No boundary, no name, no UTF-8, too much of anything: each is the caller's fault and never ours."""
    with pytest.raises(BodyMalformed):
        await read_form(request([body], content_type))


@pytest.mark.parametrize("content_type", [None, "application/json", "application/x-www-form-urlencoded"])
async def test_other_types_are_no_form(content_type: str | None) -> None:
    """A form is multipart or it is refused."""
    with pytest.raises(ContentTypeUnsupported):
        await read_form(request([b"a=b"], content_type))
