"""The rules of money."""

import importlib.resources
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.ledger import (
    TRANSFERS,
    Purse,
    TransferKind,
    credits_text,
    plan_settlement,
    read_credits,
    to_credits,
    to_credits_down,
)

AMOUNTS = st.integers(min_value=0, max_value=10**15)


@given(AMOUNTS, AMOUNTS)
def test_a_settlement_resolves_the_whole_reservation(reserved: int, due: int) -> None:
    """What is posted and what is voided sum to what was reserved, and neither is negative."""
    settlement = plan_settlement(reserved, due)
    assert settlement.posted + settlement.voided == reserved
    assert 0 <= settlement.posted <= min(reserved, due)
    assert settlement.voided >= 0


def test_nothing_due_returns_everything() -> None:
    """A failed task costs nothing."""
    assert plan_settlement(180, 0).voided == 180


def test_a_higher_price_is_not_charged() -> None:
    """Posted is at most reserved."""
    assert plan_settlement(180, 240).posted == 180


def test_credits_are_rounded_against_surprise() -> None:
    """A cost is shown rounded up, a balance rounded down."""
    assert (to_credits(1), to_credits(0), to_credits(2_000_000)) == (1, 0, 2)
    assert (to_credits_down(1_999_999), to_credits_down(2_000_000)) == (1, 2)


def test_the_database_allows_the_same_transfers() -> None:
    """The CHECK constraint lists the table's pairs."""
    text = importlib.resources.files("reelgate.store").joinpath("sql", "migrations", "0007_lots.sql").read_text()
    text = text[text.index("(kind, debit, credit) IN") : text.index("CONSTRAINT transfers_task ")]
    listed = re.findall(r"\('(\w+)', '(\w+)', '(\w+)'\)", text)
    found = {(TransferKind(kind), Purse(debit), Purse(credit)) for kind, debit, credit in listed}
    assert found == {(kind, *pair) for kind, pairs in TRANSFERS.items() for pair in pairs}


@pytest.mark.parametrize(
    ("text", "microcredits"), [("180", 180_000_000), ("0.648", 648_000), ("-3", -3_000_000), ("0.000001", 1), ("0", 0)]
)
def test_amounts_are_written_and_read_exactly(text: str, microcredits: int) -> None:
    """No binary fraction is between a person and the ledger."""
    assert credits_text(microcredits) == text
    assert read_credits(text) == microcredits


@pytest.mark.parametrize("text", ["", "x", "1e3", "1,5", "0.0000001", "--1", "1.", ".5", "nan", "1" * 13, "١"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Whatever else numbers may look like."""
    with pytest.raises(ValueError, match="number of credits"):
        read_credits(text)
