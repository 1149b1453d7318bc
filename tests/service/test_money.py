"""What operators do with credits: adjust, refund, export, hand out vouchers, open test accounts."""

import asyncio
import csv
import datetime as dt
import io
import itertools
import os
import uuid
from decimal import Decimal

import pytest

from conftest import fresh_id
from fakes import make_spec, open_account, put_task
from reelgate.cli.tasks import find_any_task, find_any_task_id
from reelgate.core.errors import FieldsInvalid, TaskUnknown
from reelgate.core.ids import to_base32
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT, read_credits
from reelgate.core.lots import LotKind, LotSource
from reelgate.core.task import Artifact, ArtifactKind, State
from reelgate.service.credit import LotTerms, grant, issue_key
from reelgate.service.mend import adjust, refund
from reelgate.service.usage import export_usage, to_csv, to_facts
from reelgate.service.vouchers import VoucherOrder, issue_voucher, redeem
from reelgate.store.accounts import Opening, Principal, create_account, find_account, load_balance
from reelgate.store.credits import expire_lots, list_lots
from reelgate.store.database import Database
from reelgate.store.tasks import Ending, begin_task, delete_task, finish_task, load_task
from reelgate.store.vouchers import list_vouchers
from running import PROGRAM, environment

CREDIT = MICROCREDITS_PER_CREDIT
DAY = dt.timedelta(days=1)


async def made_video(database: Database, principal: Principal, price: int, now: dt.datetime) -> uuid.UUID:
    """Return a task that has succeeded and was charged its price."""
    task_id = await put_task(database, principal, make_spec(), price_microcredits=price, created_at=now)
    task = await load_task(database, task_id)
    assert task
    taken = await begin_task(database, task, now)
    assert taken
    video = Artifact(
        id=fresh_id(), task_id=task_id, kind=ArtifactKind.VIDEO, sample=0, object_key=f"{task_id}.mp4",
        media_type="video/mp4", size_bytes=1, sha256="ab" * 32, width_px=16, height_px=9, duration_s=1.0, frames=24,
        has_audio=True, created_at=now,
    )  # fmt: skip
    ending = Ending(state=State.SUCCEEDED, completed_at=now, due_microcredits=price, artifacts=(video,))
    assert await finish_task(database, task_id, taken.version, ending)
    return task_id


async def test_adjustments_name_who_and_why(database: Database, now: dt.datetime) -> None:
    """More is a paid lot, fewer comes out of what is free, and nothing happens without a name."""
    principal = await open_account(database, 5 * CREDIT)
    account_id = principal.account_id
    await adjust(database, account_id, 3 * CREDIT, actor="ann", reason="lost in a migration", now=now)
    await adjust(database, account_id, -6 * CREDIT, actor="ann", reason="granted twice", now=now)
    assert await load_balance(database, account_id) == (2 * CREDIT, 0)
    for amount, actor, reason in ((-3 * CREDIT, "ann", "more"), (0, "ann", "x"), (1, " ", "x"), (1, "ann", "")):
        with pytest.raises(FieldsInvalid):
            await adjust(database, account_id, amount, actor=actor, reason=reason, now=now)
    lots = await list_lots(database, account_id, with_credits_only=True)
    assert [(lot.source, lot.kind, lot.remaining) for lot in lots] == [(LotSource.ADJUSTMENT, LotKind.PAID, 2 * CREDIT)]


async def test_refunds_are_of_what_was_charged(database: Database, now: dt.datetime) -> None:
    """A part, then the rest, then nothing more."""
    principal = await open_account(database, 5 * CREDIT)
    task_id = await made_video(database, principal, 4 * CREDIT, now)
    assert await refund(database, task_id, CREDIT, actor="ann", reason="blurred", now=now) == CREDIT
    with pytest.raises(FieldsInvalid, match="was charged 3"):
        await refund(database, task_id, 4 * CREDIT, actor="ann", reason="more", now=now)
    assert await refund(database, task_id, None, actor="ann", reason="the rest", now=now) == 3 * CREDIT
    with pytest.raises(FieldsInvalid, match="was charged 0"):
        await refund(database, task_id, None, actor="ann", reason="again", now=now)
    with pytest.raises(TaskUnknown):
        await refund(database, fresh_id(), None, actor="ann", reason="x", now=now)
    assert await load_balance(database, principal.account_id) == (5 * CREDIT, 0)


async def test_a_task_that_its_owner_deleted_is_refunded(database: Database, now: dt.datetime) -> None:
    """By the command line, in any form of its id: the ledger keeps what its owner sees no more."""
    principal = await open_account(database, 5 * CREDIT)
    task_id = await made_video(database, principal, 4 * CREDIT, now)
    assert await delete_task(database, task_id, principal.account_id, [], now)
    with pytest.raises(TaskUnknown, match="deleted by its owner"):
        await find_any_task(database, str(task_id))
    for form in (str(task_id), to_base32(task_id), f"veo4_task_{to_base32(task_id)}"):
        assert await find_any_task_id(database, form) == task_id
    command = [*PROGRAM, "credits", "refund", str(task_id), "--reason", "blurred", "--amount", "1"]
    process = await asyncio.create_subprocess_exec(*command, env=environment(REELGATE_DATABASE_URL=database.dsn))
    assert await process.wait() == 0
    assert await load_balance(database, principal.account_id) == (2 * CREDIT, 0)


async def test_usage_sums_to_the_ledger(database: Database, now: dt.datetime) -> None:
    """Everything that can happen, in three spans that touch: each sums to the difference of its ends, L13."""
    principal = await open_account(database, 0)
    account = (principal.account_id, principal.account)
    other = await open_account(database, 50 * CREDIT, "other")
    await made_video(database, other, CREDIT, now)
    terms = LotTerms(kind=LotKind.PAID, expires_at=now + 2 * DAY)
    await grant(database, account[0], credits_granted=20, reason="=1+1", now=now, terms=terms)
    done = await made_video(database, principal, 648_000, now + DAY)
    open_task = await put_task(database, principal, make_spec(), price_microcredits=CREDIT, created_at=now + DAY)
    lost = await put_task(database, principal, make_spec(), price_microcredits=7, created_at=now + DAY)
    await finish_task(database, lost, None, Ending(state=State.CANCELED, completed_at=now + DAY))
    await refund(database, done, 100_000, actor="ann", reason="-blurred", now=now + DAY)
    await expire_lots(database, now + 2 * DAY)
    await adjust(database, account[0], 5, actor="ann", reason="rounding", now=now + 2 * DAY)
    edges = [now, now + DAY, now + 2 * DAY, now + 3 * DAY]
    spans = [await export_usage(database, account, start, end) for start, end in itertools.pairwise(edges)]
    assert [len(span.lines) for span in spans] == [1, 6, 2]
    for span in spans:
        for name in ("available", "reserved", "charged"):
            moved = sum(getattr(line, name) for line in span.lines)
            assert getattr(span.opening, name) + moved == getattr(span.closing, name)
            column = [Decimal(row[name]) for row in csv.DictReader(io.StringIO(to_csv(span)))]
            assert sum(column) * CREDIT == moved
            assert sum(read_credits(line[name]) for line in to_facts(span)["lines"]) == moved
    last = spans[-1].closing
    assert (last.available, last.reserved) == await load_balance(database, account[0]) == (5, CREDIT)
    assert last.charged == 548_000
    assert {line.task_id for span in spans for line in span.lines} == {None, done, open_task, lost}
    assert "'=1+1" in to_csv(spans[0])
    assert "'-blurred" in to_csv(spans[1])
    with pytest.raises(FieldsInvalid):
        await export_usage(database, account, now, now - DAY)


async def test_a_voucher_is_redeemed_by_so_many_accounts_once_each(database: Database, now: dt.datetime) -> None:
    """Accounts race, each several times: two win, and whoever asks again gets nothing."""
    order = VoucherOrder(credits_given=7, uses_max=2, expires_at=now + DAY, lot_days=30)
    issued = await issue_voucher(database, order, now=now, random=os.urandom)
    accounts = [await open_account(database, 0, name) for name in "abcd"]

    async def ask(principal: Principal) -> int:
        try:
            redeemed = await redeem(database, principal.account_id, issued.code.lower().replace("-", " "), now)
        except FieldsInvalid:
            return 0
        assert (redeemed.granted, redeemed.available) == (7 * CREDIT, 7 * CREDIT)
        return 1

    assert sum(await asyncio.gather(*(ask(principal) for principal in accounts * 3))) == 2
    balances = [await load_balance(database, principal.account_id) for principal in accounts]
    assert sorted(balances) == [(0, 0), (0, 0), (7 * CREDIT, 0), (7 * CREDIT, 0)]
    winner = accounts[balances.index((7 * CREDIT, 0))]
    (lot,) = await list_lots(database, winner.account_id, with_credits_only=True)
    assert (lot.source, lot.expires_at) == (LotSource.VOUCHER, now + 30 * DAY)
    (voucher,) = await list_vouchers(database)
    assert (voucher.uses, voucher.prefix) == (2, issued.code[:5])
    assert (
        await database.fetchval("SELECT count(*) FROM vouchers v WHERE v::text LIKE '%' || $1 || '%'", issued.code) == 0
    )


async def test_vouchers_that_cannot_be(database: Database, now: dt.datetime) -> None:
    """Unknown, expired, of the other kind, or never possible."""
    live = await open_account(database, 0)
    for order, moment in (
        (VoucherOrder(credits_given=1, expires_at=now + DAY), now + DAY),
        (VoucherOrder(credits_given=1, test=True), now),
    ):
        issued = await issue_voucher(database, order, now=now, random=os.urandom)
        with pytest.raises(FieldsInvalid, match="code"):
            await redeem(database, live.account_id, issued.code, moment)
    with pytest.raises(FieldsInvalid, match="code"):
        await redeem(database, live.account_id, "", now)
    for order in (
        VoucherOrder(credits_given=0),
        VoucherOrder(credits_given=1, uses_max=0),
        VoucherOrder(credits_given=1, lot_days=0),
        VoucherOrder(credits_given=1, expires_at=now),
        VoucherOrder(credits_given=1, reason=" "),
    ):
        with pytest.raises(FieldsInvalid):
            await issue_voucher(database, order, now=now, random=os.urandom)


async def test_test_accounts_stay_test_accounts(database: Database, now: dt.datetime) -> None:
    """Their vouchers are theirs alone, and no key makes one live."""
    issued = await issue_key(database, "try", credits_granted=1, now=now, random=os.urandom, opening=Opening(test=True))
    assert issued.available_microcredits == CREDIT
    with pytest.raises(FieldsInvalid, match="test account"):
        await issue_key(database, "try", credits_granted=1, now=now, random=os.urandom)
    account = await find_account(database, "try")
    assert account
    assert account.test
    voucher = await issue_voucher(database, VoucherOrder(credits_given=1, test=True), now=now, random=os.urandom)
    await redeem(database, account.id, voucher.code, now)
    assert await load_balance(database, account.id) == (2 * CREDIT, 0)


async def test_a_new_account_is_given_credits_once(database: Database, now: dt.datetime) -> None:
    """However often and by how many it is made."""
    opening = Opening(microcredits=9, expires_at=now + DAY)
    made = await asyncio.gather(*(create_account(database, fresh_id(), "new", now, opening) for _ in range(8)))
    assert len(set(made)) == 1
    (lot,) = await list_lots(database, made[0], with_credits_only=True)
    assert (lot.source, lot.granted, lot.expires_at) == (LotSource.SIGNUP, 9, now + DAY)
    assert await load_balance(database, made[0]) == (9, 0)
