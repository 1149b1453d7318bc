"""Adjust what an account has and refund what a task was charged: by somebody, for a reason (L14)."""

import datetime as dt
import uuid

from reelgate.core.errors import FieldProblem, FieldsInvalid, TaskUnknown
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT, credits_text
from reelgate.core.lots import LotKind, LotSource
from reelgate.service.credit import GRANT_MAX_CREDITS, check, reason_problem
from reelgate.store.credits import Grant, Mend, grant_credits, load_charge, refund_task, withdraw_credits
from reelgate.store.database import Database

AMOUNT_MAX = GRANT_MAX_CREDITS * MICROCREDITS_PER_CREDIT


async def adjust(
    database: Database, account_id: uuid.UUID, microcredits: int, *, actor: str, reason: str, now: dt.datetime
) -> None:
    """Give an account credits, as a paid lot, or take unreserved ones away, in the order of burning.

    Raises:
        FieldsInvalid: it is nothing or too much, nobody or nothing is named, or the account has fewer.

    """
    problem = None
    if microcredits == 0 or abs(microcredits) > AMOUNT_MAX:
        problem = FieldProblem("credits", f"must be up to {GRANT_MAX_CREDITS:,} more or fewer, and not 0")
    check(problem, _actor_problem(actor), reason_problem(reason))
    if microcredits > 0:
        grant = Grant(
            account_id=account_id,
            microcredits=microcredits,
            kind=LotKind.PAID,
            source=LotSource.ADJUSTMENT,
            actor=actor,
            reason=reason,
            created_at=now,
        )
        await grant_credits(database, grant)
    elif not await withdraw_credits(
        database, account_id, Mend(microcredits=-microcredits, actor=actor, reason=reason, created_at=now)
    ):
        raise FieldsInvalid([FieldProblem("credits", "are more than the account has unreserved")])


async def refund(
    database: Database, task_id: uuid.UUID, microcredits: int | None, *, actor: str, reason: str, now: dt.datetime
) -> int:
    """Give back what a task was charged, or all that is left of it, to the lots that paid; return how much.

    Raises:
        TaskUnknown: there is no such task.
        FieldsInvalid: it was charged less than that, or nobody or nothing is named.

    """
    check(_actor_problem(actor), reason_problem(reason))
    charge = await load_charge(database, task_id)
    if charge is None:
        raise TaskUnknown("There is no such task.")
    amount = charge if microcredits is None else microcredits
    if amount > 0:
        mend = Mend(microcredits=amount, actor=actor, reason=reason, created_at=now)
        if await refund_task(database, task_id, mend):
            return amount
    raise FieldsInvalid([FieldProblem("credits", f"must be above 0, and the task was charged {credits_text(charge)}")])


def _actor_problem(actor: str) -> FieldProblem | None:
    return None if actor.strip() else FieldProblem("actor", "must not be empty")
