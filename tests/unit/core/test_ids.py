"""Task ids, their forms, and API keys."""

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core import ids

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
TIMES = st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - hypothesis adds the zone
RANDOM = st.binary(min_size=10, max_size=10)


@given(TIMES, RANDOM)
def test_every_form_is_reversible(now: dt.datetime, random: bytes) -> None:
    """A task made through one dialect is found through all."""
    task_id = ids.new_id(now, random)
    assert task_id.version == 7
    assert task_id.variant == uuid.RFC_4122
    assert ids.from_base32(ids.to_base32(task_id)) == task_id
    assert ids.from_millis_base36(ids.to_millis_base36(task_id)) == task_id


@given(st.text(max_size=40))
def test_other_texts_are_refused(text: str) -> None:
    """What no id was written as raises ValueError, or reads as an id that writes the same."""
    for read, write in ((ids.from_base32, ids.to_base32), (ids.from_millis_base36, ids.to_millis_base36)):
        try:
            task_id = read(text)
        except ValueError:
            continue
        assert write(task_id) == text


@pytest.mark.parametrize(
    "text",
    ["", "veo", "z" * 26, "0" * 25, "0" * 27, "u" * 26, "01J" + "0" * 23],
)
def test_base32_refuses(text: str) -> None:
    """Wrong lengths, letters that Crockford leaves out, capitals and numbers over 128 bits are no ids."""
    with pytest.raises(ValueError):  # noqa: PT011 - the message is not for callers
        ids.from_base32(text)


@pytest.mark.parametrize(
    "text",
    ["", "1703123456789", "1703123456789_", "1703123456789_abc123def", "170312345678_" + "0" * 15,
     "x" * 13 + "_" + "0" * 15, "1703123456789_" + "z" * 15, "١٧٠٣١٢٣٤٥٦٧٨٩_" + "0" * 15],
)  # fmt: skip
def test_millis_base36_refuses(text: str) -> None:
    """Missing parts, foreign digits and numbers over 74 bits are no ids."""
    with pytest.raises(ValueError):  # noqa: PT011 - the message is not for callers
        ids.from_millis_base36(text)


def test_ids_are_ordered_by_time() -> None:
    """A later task has a greater id in the database and as text."""
    earlier = ids.new_id(NOW, b"\xff" * 10)
    later = ids.new_id(NOW + dt.timedelta(milliseconds=1), b"\x00" * 10)
    assert earlier < later
    assert ids.to_base32(earlier) < ids.to_base32(later)


@given(st.binary(min_size=32, max_size=64))
def test_keys_are_well_formed(random: bytes) -> None:
    """A key that was made passes its own check."""
    key = ids.new_key(random)
    assert key.startswith("rg_")
    assert len(key) == 3 + 32 + 6
    assert ids.is_well_formed_key(key)


@given(st.integers(min_value=0, max_value=40), st.characters(codec="utf-8"))
def test_a_typing_error_is_found(place: int, typed: str) -> None:
    """One wrong character anywhere makes a key malformed."""
    key = ids.new_key(b"reelgate" * 5)
    wrong = key[:place] + typed + key[place + 1 :]
    assert ids.is_well_formed_key(wrong) == (wrong == key)


@pytest.mark.parametrize("text", ["", "rg_", "sk-something", "rg_" + "é" * 38, "rg_" + "0" * 38])
def test_what_is_no_key(text: str) -> None:
    """Other texts are refused without asking the database."""
    assert not ids.is_well_formed_key(text)


def test_ids_lie_between_those_of_a_span() -> None:
    """Both ends are included; an end that is open, or out of all bounds, excludes nothing on its side."""
    millis = 1_779_004_800_123
    made = [
        ids.new_id(dt.datetime.fromtimestamp((millis + n) / 1000, dt.UTC), bytes([fill] * 10))
        for n, fill in ((0, 0), (0, 255), (1, 0))
    ]
    for first, last, inside in (
        (millis, millis, [True, True, False]),
        (None, millis, [True, True, False]),
        (millis + 1, None, [False, False, True]),
        (None, None, [True, True, True]),
        (-5, 2**60, [True, True, True]),
        (2**60, None, [False, False, False]),
        (None, -5, [False, False, False]),
    ):
        low, high = ids.ids_between(first, last)
        assert [low <= each <= high for each in made] == inside
