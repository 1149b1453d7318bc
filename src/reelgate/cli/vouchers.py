"""`reelgate credits voucher`: codes that accounts turn into credits."""

import os
from typing import Annotated, Any

import typer

from reelgate.cli.accounts import account_named
from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, read_time, settings_for
from reelgate.cli.output import run, show, table
from reelgate.core.ledger import credits_text
from reelgate.core.lots import LotKind
from reelgate.kit.clock import now
from reelgate.service.vouchers import VoucherOrder, issue_voucher, redeem
from reelgate.settings import Settings
from reelgate.store.vouchers import list_vouchers

app = typer.Typer(no_args_is_help=True, help="Codes that accounts turn into credits.")


@app.command()
def create(
    amount: Annotated[int, typer.Argument(min=1, help="Whole credits.")],
    data: Data = None,
    uses: Annotated[int, typer.Option(min=1, help="Accounts that may redeem it, once each.")] = 1,
    expires: Annotated[str | None, typer.Option(help="Until when it can be redeemed: a day or ISO 8601 time.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="For how many days the credits then count.")] = None,
    paid: Annotated[bool, typer.Option("--paid", help="The credits were paid for.")] = False,
    test: Annotated[bool, typer.Option("--test", help="For test accounts instead of live ones.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept with it.")] = "voucher",
    json: Json = False,
) -> None:
    """Make a voucher and show its code: the only time that it is seen."""
    order = VoucherOrder(
        credits_given=amount,
        kind=LotKind.PAID if paid else LotKind.PROMOTIONAL,
        test=test,
        uses_max=uses,
        expires_at=read_time("--expires", expires),
        lot_days=days,
        reason=reason,
    )
    facts = run(_create(settings_for(data), order))
    show(facts, as_json=json, text=lambda: f"{facts['code']}\n{amount} credits for {uses} accounts at most")


@app.command("redeem")
def redeem_(
    account: str,
    code: Annotated[str, typer.Argument(help="Dashes and case do not count.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Turn a code into credits of an account."""
    facts = run(_redeem(settings_for(data), account, code))
    show(facts, as_json=json, text=lambda: f"{facts['granted']} credits; {facts['available']} are available now")


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """List the vouchers, without their codes."""
    facts = run(_list(settings_for(data)))
    columns = ["code", "kind", "credits", "uses", "uses_max", "expires_at", "reason"]
    rows = [columns, *([str(item[column] or "") for column in columns] for item in facts["vouchers"])]
    show(facts, as_json=json, text=lambda: table(rows))


async def _create(settings: Settings, order: VoucherOrder) -> dict[str, Any]:
    async with open_database(settings) as database:
        issued = await issue_voucher(database, order, now=now(), random=os.urandom)
    return {"voucher": str(issued.id), "code": issued.code, "credits": order.credits_given, "uses_max": order.uses_max}


async def _redeem(settings: Settings, name: str, code: str) -> dict[str, Any]:
    async with open_database(settings) as database:
        account = await account_named(database, name)
        redeemed = await redeem(database, account.id, code, now())
    return {
        "account": name,
        "granted": credits_text(redeemed.granted),
        "available": credits_text(redeemed.available),
    }


async def _list(settings: Settings) -> dict[str, Any]:
    async with open_database(settings) as database:
        vouchers = await list_vouchers(database)
    return {
        "vouchers": [
            {
                "voucher": str(item.id),
                "code": f"{item.prefix}…",
                "kind": f"{'test ' if item.test else ''}{item.kind.value}",
                "credits": credits_text(item.microcredits),
                "uses": item.uses,
                "uses_max": item.uses_max,
                "expires_at": item.expires_at.isoformat(timespec="seconds") if item.expires_at else None,
                "lot_days": item.lot_days,
                "reason": item.reason,
            }
            for item in vouchers
        ],
    }
