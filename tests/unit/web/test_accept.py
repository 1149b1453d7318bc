"""Requests that gateways pass on."""

import pytest

from reelgate.core.errors import FieldsInvalid
from reelgate.core.upstream import HOPS_MAX
from reelgate.web.accept import read_hops


def test_hops_are_counted() -> None:
    """A client's own request has made none."""
    assert read_hops({}) == 0
    assert read_hops({"x-reelgate-hops": " 2 "}) == 2
    assert read_hops({"x-reelgate-hops": str(HOPS_MAX)}) == HOPS_MAX


@pytest.mark.parametrize("text", [str(HOPS_MAX + 1), "999", "1000000", "-1", "two", "", "²"])
def test_a_ring_ends(text: str) -> None:
    """Two gateways that lead to each other do not pass a request on for ever; nonsense is no way around."""
    with pytest.raises(FieldsInvalid):
        read_hops({"x-reelgate-hops": text})
