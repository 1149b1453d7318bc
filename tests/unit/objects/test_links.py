"""Signed links: what counts, what does not, and when."""

import pytest

from reelgate.objects.links import LinkExpired, LinkInvalid, LinkKeys, check_link, sign_link

PATH = "/files/0123456789abcdef0123456789abcdef/video-0.mp4"
OLD, NEW = LinkKeys.load([b"o" * 32]), LinkKeys.load([b"n" * 32, b"o" * 32])


def to_query(text: str) -> dict[str, str]:
    return dict(part.split("=") for part in text.split("&"))


def test_a_link_works_until_it_expires() -> None:
    """To the second."""
    query = to_query(sign_link(PATH, expires_s=1000, keys=OLD))
    assert check_link(PATH, query, now_s=999.9, keys=OLD) == 1000
    with pytest.raises(LinkExpired):
        check_link(PATH, query, now_s=1000, keys=OLD)


def test_the_same_link_is_signed_the_same() -> None:
    """Answers to polls stay equal; the form is fixed because links live on in others' databases."""
    assert sign_link(PATH, expires_s=1000, keys=OLD) == sign_link(PATH, expires_s=1000, keys=OLD)
    assert sign_link("/files/a/b", expires_s=1, keys=OLD) == (
        "e=1&k=43aee285&s=mp3cLUpO-Y03iOT03HFnrHSoj59Wd0WkgFSPshjMasU"
    )


def test_other_fields_do_not_matter() -> None:
    """Whoever has a link may ask for it as a download."""
    query = to_query(sign_link(PATH, expires_s=1000, keys=OLD)) | {"download": "1"}
    assert check_link(PATH, query, now_s=0, keys=OLD)


@pytest.mark.parametrize(
    "change",
    [
        {"e": "1001"}, {"e": ""}, {"e": "1000 "}, {"e": "+1000"}, {"e": "01000"}, {"e": "\u0661\u0660\u0660\u0660"},
        {"e": "1000.0"}, {"e": "9" * 13}, {"k": ""}, {"k": "00000000"}, {"s": ""}, {"s": "x"}, {"s": "\u00e4"},
    ],
)  # fmt: skip
def test_a_changed_link_is_invalid(change: dict[str, str]) -> None:
    """Every field is covered, and has one form."""
    query = to_query(sign_link(PATH, expires_s=1000, keys=OLD))
    with pytest.raises(LinkInvalid):
        check_link(PATH, query | change, now_s=0, keys=OLD)


@pytest.mark.parametrize("field", ["e", "k", "s"])
def test_a_link_without_a_field_is_invalid(field: str) -> None:
    """Nothing has a default."""
    query = to_query(sign_link(PATH, expires_s=1000, keys=OLD))
    del query[field]
    with pytest.raises(LinkInvalid):
        check_link(PATH, query, now_s=0, keys=OLD)


@pytest.mark.parametrize("path", [PATH + "x", PATH.upper(), "/files/x", "/other" + PATH, ""])
def test_a_link_is_for_its_path(path: str) -> None:
    """A signature cannot be carried over."""
    with pytest.raises(LinkInvalid):
        check_link(path, to_query(sign_link(PATH, expires_s=1000, keys=OLD)), now_s=0, keys=OLD)


def test_an_expired_and_changed_link_is_invalid() -> None:
    """Only a true link is told that it is too late."""
    query = to_query(sign_link(PATH, expires_s=1000, keys=OLD)) | {"s": "x"}
    with pytest.raises(LinkInvalid):
        check_link(PATH, query, now_s=2000, keys=OLD)


def test_keys_can_be_rotated() -> None:
    """Old links work while the old key is kept; new ones are signed with the new key."""
    old = to_query(sign_link(PATH, expires_s=1000, keys=OLD))
    new = to_query(sign_link(PATH, expires_s=1000, keys=NEW))
    assert old["k"] != new["k"]
    assert check_link(PATH, old, now_s=0, keys=NEW) == 1000
    with pytest.raises(LinkInvalid):
        check_link(PATH, new, now_s=0, keys=OLD)


@pytest.mark.parametrize("secrets", [[], [b"short"], [b"n" * 32, b""]])
def test_weak_secrets_are_refused(secrets: list[bytes]) -> None:
    """An empty file must not sign anything."""
    with pytest.raises(ValueError, match="32 bytes"):
        LinkKeys.load(secrets)


def test_secrets_do_not_show() -> None:
    """Not in logs, and not through the key's name."""
    assert "nnn" not in repr(NEW)
    assert NEW.keys[0].id.isalnum()
