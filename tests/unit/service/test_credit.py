"""Names of accounts and numbers of credits."""

import pytest

from reelgate.service.credit import GRANT_MAX_CREDITS, account_problem, credits_problem, digest


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\0", "\ud800"])
def test_names_that_no_account_has(name: str) -> None:
    """They are refused before the database refuses them."""
    assert account_problem(name)


@pytest.mark.parametrize("name", ["a", "x" * 100, "Bürgeramt 7"])
def test_names_of_accounts(name: str) -> None:
    """Short texts."""
    assert account_problem(name) is None


def test_credits_have_bounds() -> None:
    """A grant fits into a balance many times."""
    assert credits_problem(0) is credits_problem(GRANT_MAX_CREDITS) is None
    assert credits_problem(-1)
    assert credits_problem(GRANT_MAX_CREDITS + 1)


def test_a_key_is_stored_as_its_digest() -> None:
    """SHA-256, by the standard's own example."""
    assert digest("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
