"""Reading data: URLs, strictly."""

import base64

import pytest

from reelgate.kit.data_url import DataUrlInvalid, DataUrlTooLarge, read_data_url

BYTES = bytes(range(256))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("data:,", (b"", "text/plain")),
        ("data:,a%20b%00", (b"a b\0", "text/plain")),
        ("DATA:Image/PNG;BASE64,aGk=", (b"hi", "image/png")),
        ("data:image/png;base64,aGk", (b"hi", "image/png")),
        ("data:image/png;base64,aGk%3D", (b"hi", "image/png")),
        ("data:image/svg+xml;charset=utf-8,%3Csvg/%3E", (b"<svg/>", "image/svg+xml")),
        ("data:image/png;name=a;base64,aGk=", (b"hi", "image/png")),
        ("data:;base64,aGk=", (b"hi", "text/plain")),
        ("data:image/png," + "".join(f"%{byte:02x}" for byte in BYTES), (BYTES, "image/png")),
        ("data:image/png;base64," + base64.b64encode(BYTES).decode(), (BYTES, "image/png")),
    ],
)
def test_well_formed_urls_are_read(url: str, expected: tuple[bytes, str]) -> None:
    """Both encodings, any case, with parameters."""
    assert read_data_url(url, 1000) == expected


@pytest.mark.parametrize(
    "url",
    [
        "", "data", "data:", "data:image/png", "http://a/,b", "data:png,a", "data:image/,a", "data:image/p ng,a",
        "data:image/png;base64,a", "data:image/png;base64,aGk=x", "data:image/png;base64,aG k=",
        "data:image/png;base64,aG\nk=", "data:image/png;base64,aGk-", "data:image/png;base64,\u00e4",
        "data:image/png;base64,%4", "data:,a b", "data:,%4", "data:,%zz", "data:,\u00e4", "data:,a#b", "data:,<",
        "data:" + "a" * 600 + "/b,c",
    ],
)  # fmt: skip
def test_malformed_urls_are_refused(url: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(DataUrlInvalid):
        read_data_url(url, 1000)


@pytest.mark.parametrize(
    "url",
    [
        "data:,12345",
        "data:,%31%32%33%34%35",
        "data:;base64,MTIzNDU=",
        "data:;base64,MTIzNDU",
        "data:;base64,MTIzNDU%3D",
        "data:;base64," + "M" * 100_000,
        "data:;base64," + "%4D" * 100_000,
    ],
)
def test_too_much_is_refused(url: str) -> None:
    """One byte more than allowed is too much; exactly as much is not."""
    with pytest.raises(DataUrlTooLarge):
        read_data_url(url, 4)


@pytest.mark.parametrize("url", ["data:,1234", "data:,%31%32%33%34", "data:;base64,MTIzNA==", "data:;base64,MTIzNA"])
def test_as_much_as_allowed_is_read(url: str) -> None:
    """The limit itself is allowed."""
    assert read_data_url(url, 4)[0] == b"1234"
