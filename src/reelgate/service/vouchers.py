"""Vouchers: codes that an operator hands out and an account turns into credits."""

import base64
import datetime as dt
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT
from reelgate.core.lots import LotKind
from reelgate.service.credit import OPERATOR, check, credits_problem, reason_problem
from reelgate.store.database import Database
from reelgate.store.vouchers import Redeemed, Voucher, create_voucher, redeem_voucher

#: Nobody guesses 100 bits.
_CODE_BYTES: Final = 13
_GROUP_CHARS: Final = 5
_GROUPS: Final = 4
_SHOWN: Final = _GROUP_CHARS
USES_MAX: Final = 1_000_000
LOT_DAYS_MAX: Final = 36_500


@dataclass(frozen=True, kw_only=True, slots=True)
class VoucherOrder:
    """What a voucher is to be."""

    credits_given: int
    kind: LotKind = LotKind.PROMOTIONAL
    test: bool = False
    uses_max: int = 1
    expires_at: dt.datetime | None = None
    lot_days: int | None = None
    reason: str = "voucher"


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedVoucher:
    """A new voucher: the only time that its code is seen."""

    id: uuid.UUID
    code: str


async def issue_voucher(
    database: Database, order: VoucherOrder, *, now: dt.datetime, random: Callable[[int], bytes]
) -> IssuedVoucher:
    """Make a voucher.

    Raises:
        FieldsInvalid: something in the order cannot be.

    """
    check(
        credits_problem(order.credits_given),
        None if order.credits_given else FieldProblem("credits", "must be above 0"),
        _range_problem("uses", order.uses_max, USES_MAX),
        _range_problem("lot-days", order.lot_days, LOT_DAYS_MAX),
        FieldProblem("expires", "must lie in the future") if order.expires_at and order.expires_at <= now else None,
        reason_problem(order.reason),
    )
    text = base64.b32encode(random(_CODE_BYTES)).decode()[: _GROUPS * _GROUP_CHARS]
    code = "-".join(text[start : start + _GROUP_CHARS] for start in range(0, len(text), _GROUP_CHARS))
    voucher = Voucher(
        id=new_id(now, random(RANDOM_BYTES)),
        prefix=code[:_SHOWN],
        test=order.test,
        kind=order.kind,
        microcredits=order.credits_given * MICROCREDITS_PER_CREDIT,
        uses_max=order.uses_max,
        expires_at=order.expires_at,
        lot_days=order.lot_days,
        reason=order.reason,
        created_at=now,
    )
    await create_voucher(database, voucher, digest_code(code), OPERATOR)
    return IssuedVoucher(id=voucher.id, code=code)


async def redeem(database: Database, account_id: uuid.UUID, code: str, now: dt.datetime) -> Redeemed:
    """Turn a code into credits of an account, once.

    Raises:
        FieldsInvalid: no voucher with this code can be redeemed by this account now; why is not told.

    """
    redeemed = await redeem_voucher(database, account_id, digest_code(code), now)
    if redeemed is None:
        problem = "is unknown, used up, expired, not for this account, or redeemed already"
        raise FieldsInvalid([FieldProblem("code", problem)])
    return redeemed


def digest_code(code: str) -> bytes:
    """Return what is stored of a code; dashes, spaces and case do not count."""
    plain = "".join(char for char in code if char.isalnum()).upper()
    return hashlib.sha256(plain.encode()).digest()


def _range_problem(field: str, value: int | None, highest: int) -> FieldProblem | None:
    if value is None or 1 <= value <= highest:
        return None
    return FieldProblem(field, f"must be 1 to {highest:,}, not {value}")
