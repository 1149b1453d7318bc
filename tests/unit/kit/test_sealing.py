"""Sealing: what opens, what does not, and how keys are written down."""

import pathlib
import stat

import pytest

from reelgate.kit.sealing import (
    KeyRing,
    SealBroken,
    ensure_key_file,
    key_name,
    read_key_ring,
    seal,
    sealed_head,
    unseal,
    write_key,
    write_key_ring,
)

OLD, NEW = KeyRing(keys={"old": b"o" * 32}), KeyRing(keys={"new": b"n" * 32, "old": b"o" * 32})
NONCE = b"123456789012"


def test_what_was_sealed_opens() -> None:
    """With any key of the ring; the text holds neither the secret nor the key."""
    for ring in (OLD, NEW):
        sealed = seal(ring, b"a secret", bound_to=b"row", nonce=NONCE)
        assert unseal(NEW, sealed, bound_to=b"row") == b"a secret"
        assert key_name(sealed) == ring.current
        assert sealed.startswith(sealed_head(ring.current))
        assert b"secret" not in sealed
        assert b"n" * 8 not in sealed


def test_what_was_changed_or_moved_does_not_open() -> None:
    """Any byte of it, the row, and the key."""
    sealed = seal(NEW, b"a secret", bound_to=b"row", nonce=NONCE)
    for place in range(len(sealed)):
        broken = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            unseal(NEW, broken, bound_to=b"row")
    for short in (b"", b"\x01", b"\x01\x03", sealed[:10], sealed[:20]):
        with pytest.raises(SealBroken):
            unseal(NEW, short, bound_to=b"row")
    with pytest.raises(SealBroken, match="belongs elsewhere"):
        unseal(NEW, sealed, bound_to=b"another row")
    with pytest.raises(SealBroken, match="new is not in the ring"):
        unseal(OLD, sealed, bound_to=b"row")


def test_a_ring_is_written_and_read() -> None:
    """By commas or lines; the first one seals, and none is ever shown."""
    text = f"{write_key('new', b'n' * 32)},\n {write_key('old', b'o' * 32)}\n"
    assert read_key_ring(text) == NEW
    assert read_key_ring(write_key_ring(NEW)) == NEW
    assert read_key_ring(text).current == "new"
    assert "nnnn" not in repr(NEW)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no key"),
        ("bm5u", "plain name"),
        ("a b:bm5u", "plain name"),
        ("a:c2VjcmV0", "a has not 32"),
        ("a:secret!", "a is not base64"),
        (f"{write_key('a', b'n' * 32)},{write_key('a', b'o' * 32)}", "plain name"),
    ],
)
def test_a_ring_that_is_wrong_is_refused_without_its_keys(text: str, says: str) -> None:
    """By the name of the key."""
    with pytest.raises(ValueError, match=says) as caught:
        read_key_ring(text)
    assert "ecret" not in str(caught.value)


def test_a_file_of_keys_is_made_once_and_private(tmp_path: pathlib.Path) -> None:
    """Whoever comes second gets what the first has made."""
    path = tmp_path / "data" / "secret-keys"
    assert ensure_key_file(path, "first:x") == "first:x"
    assert ensure_key_file(path, "second:y").strip() == "first:x"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
