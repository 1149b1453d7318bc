"""Tests of short names for ids."""

import datetime as dt
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.ids import new_id
from reelgate.core.tails import from_tail, to_tail

IDS = st.builds(new_id, st.just(dt.datetime(2026, 5, 17, tzinfo=dt.UTC)), st.binary(min_size=10, max_size=10))


@given(IDS)
def test_a_short_name_leads_to_the_end_of_its_id(whole: uuid.UUID) -> None:
    """The last 8 bytes come back from 12 characters that every client reads whole."""
    name = to_tail(whole)
    assert re.fullmatch("[a-z0-9]{12}", name)
    assert from_tail(name) == whole.bytes[8:]


@pytest.mark.parametrize("text", ["", "0" * 11, "0" * 13, "z" * 12, "ABCDEFGHIJKL", "0000000000-0", "٠" * 12])
def test_what_is_no_short_name(text: str) -> None:
    """Other lengths, other characters and numbers over 62 bits are refused."""
    with pytest.raises(ValueError):  # noqa: PT011 - the message is not for callers
        from_tail(text)
