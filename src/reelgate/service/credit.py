"""Accounts, keys and credits: what an operator does with them."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.core.ids import KEY_PREFIX, RANDOM_BYTES, new_id, new_key
from reelgate.core.keys import USUAL_TERMS, KeyTerms
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT
from reelgate.core.lots import PRIORITY_MAX, LotKind
from reelgate.core.prompt import text_problem
from reelgate.store import accounts
from reelgate.store.credits import Grant, grant_credits
from reelgate.store.database import Database

ACCOUNT_NAME_MAX_CHARS: Final = 100
#: So many are given at once at most: thousands of such grants fit into a balance.
GRANT_MAX_CREDITS: Final = 1_000_000_000
REASON_MAX_CHARS: Final = 500
#: Who moves credits from the command line, unless told otherwise.
OPERATOR: Final = "operator"
#: Characters of a key that are kept for people to tell keys apart.
_SHOWN: Final = len(KEY_PREFIX) + 6


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedKey:
    """A new key: the only time that its text is seen."""

    id: uuid.UUID
    account: str
    key: str
    available_microcredits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LotTerms:
    """What the credits of a grant are."""

    kind: LotKind = LotKind.PROMOTIONAL
    #: Lower burns first; None is the kind's own.
    priority: int | None = None
    #: From then on they pay for nothing; None: never.
    expires_at: dt.datetime | None = None


def digest(key: str) -> bytes:
    """Return what is stored of a key."""
    return hashlib.sha256(key.encode()).digest()


async def issue_key(  # noqa: PLR0913 - what a key and its account begin with
    database: Database,
    account: str,
    *,
    credits_granted: int,
    now: dt.datetime,
    random: Callable[[int], bytes],
    opening: accounts.Opening | None = None,
    terms: KeyTerms = USUAL_TERMS,
) -> IssuedKey:
    """Make a key for an account, which is made where it is missing, and grant it credits.

    A new account is as `opening` says, for good.

    Raises:
        FieldsInvalid: the account's name is empty, too long or no text, or that of an account of the other kind, or
            there are too many or too few credits.

    """
    check(account_problem(account), credits_problem(credits_granted))
    account_id = await accounts.create_account(database, new_id(now, random(RANDOM_BYTES)), account, now, opening)
    key, stored = _new_key(account, terms, now, random)
    await accounts.create_key(database, stored, account_id, digest(key))
    if credits_granted:
        await grant(database, account_id, credits_granted=credits_granted, reason="with a new key", now=now)
    available, _ = await accounts.load_balance(database, account_id)
    return IssuedKey(id=stored.id, account=account, key=key, available_microcredits=available)


async def rotate_key(
    database: Database,
    id_or_prefix: str,
    *,
    overlap: dt.timedelta,
    now: dt.datetime,
    random: Callable[[int], bytes],
) -> IssuedKey | None:
    """Make a key of the same terms in another's place, which works for `overlap` more; None without such a live key."""
    key, stored = _new_key("", USUAL_TERMS, now, random)
    rotated = await accounts.rotate_key(database, id_or_prefix, stored, digest(key), now + overlap)
    if rotated is None:
        return None
    found = await accounts.find_account(database, rotated.account)
    available = found.available_microcredits if found else 0
    return IssuedKey(id=stored.id, account=rotated.account, key=key, available_microcredits=available)


def _new_key(
    account: str, terms: KeyTerms, now: dt.datetime, random: Callable[[int], bytes]
) -> tuple[str, accounts.StoredKey]:
    key = new_key(random(40))
    stored = accounts.StoredKey(
        id=new_id(now, random(RANDOM_BYTES)),
        account=account,
        prefix=key[:_SHOWN],
        created_at=now,
        revoked_at=None,
        terms=terms,
    )
    return key, stored


async def grant(
    database: Database,
    account_id: uuid.UUID,
    *,
    credits_granted: int,
    reason: str,
    now: dt.datetime,
    terms: LotTerms | None = None,
) -> int:
    """Give an account whole credits, above 0, as a new lot; return what is then available, in microcredits.

    Raises:
        FieldsInvalid: there are too many or too few, or the lot could never be burned.

    """
    lot = terms or LotTerms()
    problem = None
    if lot.expires_at and lot.expires_at <= now:
        problem = FieldProblem("expires", "must lie in the future")
    check(credits_problem(credits_granted), priority_problem(lot.priority), reason_problem(reason), problem)
    given = Grant(
        account_id=account_id,
        microcredits=credits_granted * MICROCREDITS_PER_CREDIT,
        kind=lot.kind,
        priority=lot.priority,
        expires_at=lot.expires_at,
        actor=OPERATOR,
        reason=reason,
        created_at=now,
    )
    return await grant_credits(database, given)


def account_problem(name: str) -> FieldProblem | None:
    """Return what is wrong with the name of an account, or None. Pure."""
    if not name.strip():
        return FieldProblem("account", "must not be empty")
    return text_problem("account", name, ACCOUNT_NAME_MAX_CHARS)


def credits_problem(credits_granted: int) -> FieldProblem | None:
    """Return what is wrong with a number of credits, or None. Pure."""
    if 0 <= credits_granted <= GRANT_MAX_CREDITS:
        return None
    return FieldProblem("credits", f"must be 0 to {GRANT_MAX_CREDITS:,}, not {credits_granted}")


def priority_problem(priority: int | None) -> FieldProblem | None:
    """Return what is wrong with the priority of a lot, or None. Pure."""
    if priority is None or 0 <= priority <= PRIORITY_MAX:
        return None
    return FieldProblem("priority", f"must be 0 to {PRIORITY_MAX}, not {priority}")


def reason_problem(reason: str) -> FieldProblem | None:
    """Return what is wrong with the reason for moving credits, or None. Pure."""
    if not reason.strip():
        return FieldProblem("reason", "must not be empty")
    return text_problem("reason", reason, REASON_MAX_CHARS)


def check(*found: FieldProblem | None) -> None:
    """Refuse what has problems.

    Raises:
        FieldsInvalid: it has some.

    """
    problems = [problem for problem in found if problem]
    if problems:
        raise FieldsInvalid(problems)
