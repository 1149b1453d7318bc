"""Keys of the object store."""

import pytest

from reelgate.objects.store import check_key


@pytest.mark.parametrize("key", ["a", "inputs/0a1b.png", "tasks/0a/video-0.mp4", "a_b/c.d.e"])
def test_good_keys_pass(key: str) -> None:
    """A key is returned as it is."""
    assert check_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "", "/a", "a/", "a//b", "../a", "a/../b", "a/..", "a/.b", ".a", "a.", "a..b", "a/./b", "A", "a b", "a\\b",
        "a\0b", "a\n", "\u00e4", "a:b", "~", "%2e", "-a", "a" * 513,
    ],
)  # fmt: skip
def test_other_keys_are_refused(key: str) -> None:
    """Nothing climbs out of the store, hides in it or means another key on another disk."""
    with pytest.raises(ValueError, match="not a key"):
        check_key(key)
