"""`reelgate credits`: what accounts have, grants, adjustments, refunds, lots, usage, budgets and caps."""

import datetime as dt
from typing import Annotated, Any

import typer

from reelgate.cli import vouchers
from reelgate.cli.accounts import account_named
from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, read_amount, read_time, settings_for
from reelgate.cli.output import run, show, table
from reelgate.cli.quote import quote
from reelgate.cli.tasks import find_any_task_id
from reelgate.core.errors import ServerMisconfigured
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT, credits_text, to_credits_down
from reelgate.core.lots import LotKind
from reelgate.kit.clock import now
from reelgate.service import mend, usage
from reelgate.service.credit import OPERATOR, LotTerms
from reelgate.service.credit import grant as grant_credits
from reelgate.settings import Settings
from reelgate.store.accounts import list_accounts, list_keys, load_balance
from reelgate.store.credits import Budget, cap_key, list_caps, list_lots, load_budget, set_budget
from reelgate.store.payments import ListedPayment, list_payments

app = typer.Typer(no_args_is_help=True, help="Credits of accounts.")
app.add_typer(vouchers.app, name="voucher")
app.command()(quote)

Reason = Annotated[str, typer.Option(help="Why; kept in the ledger.")]
Actor = Annotated[str, typer.Option(help="Who does it; kept in the ledger.")]


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """List the accounts with what they have, in credits."""
    facts = run(_list(settings_for(data)))
    rows = [["account", "kind", "available", "reserved"]]
    rows += [[a["account"], a["kind"], f"{a['available']:g}", f"{a['reserved']:g}"] for a in facts["accounts"]]
    show(facts, as_json=json, text=lambda: table(rows))


@app.command()
def grant(
    account: str,
    amount: Annotated[int, typer.Argument(min=1, help="Whole credits.")],
    data: Data = None,
    reason: Reason = "granted by the operator",
    paid: Annotated[bool, typer.Option("--paid", help="They were paid for: burned after what was given away.")] = False,
    expires: Annotated[str | None, typer.Option(help="Until when they count: 2027-01-31 or an ISO 8601 time.")] = None,
    priority: Annotated[int | None, typer.Option(help="Lower burns first; 10 for given ones, 20 for paid.")] = None,
    json: Json = False,
) -> None:
    """Give an account credits, as a lot of their own."""
    facts = run(
        _grant(
            settings_for(data),
            account,
            credits_granted=amount,
            reason=reason,
            terms=LotTerms(
                kind=LotKind.PAID if paid else LotKind.PROMOTIONAL,
                priority=priority,
                expires_at=read_time("--expires", expires),
            ),
        )
    )
    show(facts, as_json=json, text=lambda: f"{account} has {facts['available']} credits available")


@app.command(context_settings={"ignore_unknown_options": True})
def adjust(
    account: str,
    amount: Annotated[str, typer.Argument(help="Credits to add, or to take away: 12.5 or -3.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")],
    actor: Actor = OPERATOR,
    data: Data = None,
    json: Json = False,
) -> None:
    """Correct what an account has."""
    facts = run(_adjust(settings_for(data), account, read_amount(amount), actor=actor, reason=reason))
    show(facts, as_json=json, text=lambda: f"{account} has {facts['available']} credits available")


@app.command()
def refund(
    task: Annotated[str, typer.Argument(help="A task's id.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")],
    amount: Annotated[str | None, typer.Option(help="Credits; all that the task was charged unless given.")] = None,
    actor: Actor = OPERATOR,
    data: Data = None,
    json: Json = False,
) -> None:
    """Give back what a task was charged, to the lots that paid for it."""
    wanted = None if amount is None else read_amount(amount)
    facts = run(_refund(settings_for(data), task, wanted, actor=actor, reason=reason))
    show(facts, as_json=json, text=lambda: f"{facts['refunded']} credits refunded")


@app.command()
def payments(
    account: Annotated[str | None, typer.Option(help="Of this account alone.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 100,
    data: Data = None,
    json: Json = False,
) -> None:
    """List payments with their state, and what refunds and disputes took back of them."""
    facts = run(_payments(settings_for(data), account, limit))
    columns = ["payment", "account", "credits", "price", "state", "reversed", "owed", "told", "paid_at"]
    rows = [columns]
    for payment in facts["payments"]:
        told = ", ".join(payment["reversals"]) or payment["note"] or ""
        shown = payment | {"told": told, "price": f"{payment['price']} {payment['currency']}"}
        rows.append([str(shown[column] or "") for column in columns])
    show(facts, as_json=json, text=lambda: table(rows))


@app.command()
def lots(
    account: str,
    every: Annotated[bool, typer.Option("--all", help="Those with nothing in them too.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """List an account's lots, first the one that burns first."""
    facts = run(_lots(settings_for(data), account, with_credits_only=not every))
    columns = ["lot", "kind", "source", "priority", "granted", "remaining", "reserved", "expires_at"]
    rows = [columns, *([str(lot[column] or "") for column in columns] for lot in facts["lots"])]
    show(facts, as_json=json, text=lambda: table(rows))


@app.command("usage")
def usage_(
    account: Annotated[str, typer.Option(help="Whose.")],
    start: Annotated[str | None, typer.Option("--from", help="A day or an ISO 8601 time; all before that.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Until before then; now unless given.")] = None,
    form: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
    data: Data = None,
    json: Json = False,
) -> None:
    """Export what an account did with its credits; the lines sum to the ledger."""
    if form not in ("csv", "json"):
        raise typer.BadParameter("must be csv or json", param_hint="--format")
    begin = read_time("--from", start) or dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    found = run(_usage(settings_for(data), account, begin, read_time("--to", end) or now()))
    show(usage.to_facts(found), as_json=json or form == "json", text=lambda: usage.to_csv(found).rstrip("\n"))


@app.command()
def budget(
    account: str,
    month: Annotated[str | None, typer.Argument(help="Credits a month (UTC), or none.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show what an account may spend in a calendar month, or set it."""
    facts = run(_budget(settings_for(data), account, month))
    bound = "no budget" if facts["month_budget"] is None else f"{facts['month_budget']} credits a month"
    show(facts, as_json=json, text=lambda: f"{account} has {bound}; {facts['month_spent']} spent in this one")


@app.command()
def cap(
    key: Annotated[str, typer.Argument(help="The id, or the first characters as `keys list` shows them.")],
    total: Annotated[str | None, typer.Option(help="Credits in all; without bound unless given.")] = None,
    month: Annotated[str | None, typer.Option(help="Credits a month (UTC); without bound unless given.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Bound what a key may spend; what it has spent so far counts. Without options the bounds go."""
    bounds = [None if bound is None else read_amount(bound) for bound in (total, month)]
    facts = run(_cap(settings_for(data), key, *bounds))
    said = [f"{facts[name]} credits {words}" for name, words in _BOUNDS if facts[name] is not None]
    show(facts, as_json=json, text=lambda: f"the key may spend {' and '.join(said) or 'what its account has'}")


_BOUNDS = (("total_cap", "in all"), ("month_cap", "a month"))


@app.command()
def caps(account: str, data: Data = None, json: Json = False) -> None:
    """List the caps of an account's keys, with what counts against them."""
    facts = run(_caps(settings_for(data), account))
    columns = ["key", "prefix", "total_cap", "total_spent", "month_cap", "month_spent"]
    rows = [columns, *([cap[column] or "" for column in columns] for cap in facts["caps"])]
    show(facts, as_json=json, text=lambda: table(rows))


async def _list(settings: Settings) -> dict[str, Any]:
    async with open_database(settings) as database:
        accounts = await list_accounts(database)
    return {
        "accounts": [
            {
                "account": account.name,
                "kind": "test" if account.test else "live",
                "available": account.available_microcredits / MICROCREDITS_PER_CREDIT,
                "reserved": account.reserved_microcredits / MICROCREDITS_PER_CREDIT,
            }
            for account in accounts
        ],
    }


async def _grant(
    settings: Settings, name: str, *, credits_granted: int, reason: str, terms: LotTerms
) -> dict[str, Any]:
    async with open_database(settings) as database:
        account = await account_named(database, name)
        available = await grant_credits(
            database, account.id, credits_granted=credits_granted, reason=reason, now=now(), terms=terms
        )
    return {"account": name, "granted": credits_granted, "available": to_credits_down(available)}


async def _adjust(settings: Settings, name: str, microcredits: int, *, actor: str, reason: str) -> dict[str, Any]:
    async with open_database(settings) as database:
        account = await account_named(database, name)
        await mend.adjust(database, account.id, microcredits, actor=actor, reason=reason, now=now())
        available, _ = await load_balance(database, account.id)
    return {"account": name, "adjusted": credits_text(microcredits), "available": credits_text(available)}


async def _refund(settings: Settings, text: str, amount: int | None, *, actor: str, reason: str) -> dict[str, Any]:
    async with open_database(settings) as database:
        task_id = await find_any_task_id(database, text)
        refunded = await mend.refund(database, task_id, amount, actor=actor, reason=reason, now=now())
    return {"task": str(task_id), "refunded": credits_text(refunded)}


async def _payments(settings: Settings, name: str | None, limit: int) -> dict[str, Any]:
    async with open_database(settings) as database:
        account_id = (await account_named(database, name)).id if name else None
        found = await list_payments(database, account_id, limit)
    return {
        "payments": [
            {
                "payment": str(payment.id),
                "account": payment.account,
                "package": payment.package,
                "credits": credits_text(payment.amount),
                "price": payment.price,
                "currency": payment.currency,
                "state": state_of(payment),
                "reversed": credits_text(payment.reversed),
                "owed": credits_text(payment.owed),
                "reversals": list(payment.reversals),
                "note": payment.note,
                "created_at": payment.created_at.isoformat(timespec="seconds"),
                "paid_at": payment.settled_at.isoformat(timespec="seconds") if payment.settled_at else None,
            }
            for payment in found
        ],
    }


def state_of(payment: ListedPayment) -> str:
    """Return a payment's state for people. Pure."""
    if payment.reversed == 0:
        return payment.state
    return "reversed" if payment.reversed == payment.amount else "partly reversed"


async def _lots(settings: Settings, name: str, *, with_credits_only: bool) -> dict[str, Any]:
    async with open_database(settings) as database:
        account = await account_named(database, name)
        found = await list_lots(database, account.id, with_credits_only=with_credits_only)
    return {
        "account": name,
        "lots": [
            {
                "lot": lot.id,
                "kind": lot.kind.value,
                "source": lot.source.value,
                "priority": lot.priority,
                "granted": credits_text(lot.granted),
                "remaining": credits_text(lot.remaining),
                "reserved": credits_text(lot.reserved),
                "expires_at": lot.expires_at.isoformat(timespec="seconds") if lot.expires_at else None,
            }
            for lot in found
        ],
    }


async def _usage(settings: Settings, name: str, start: dt.datetime, end: dt.datetime) -> usage.Usage:
    async with open_database(settings) as database:
        account = await account_named(database, name)
        return await usage.export_usage(database, (account.id, account.name), start, end)


async def _budget(settings: Settings, name: str, month: str | None) -> dict[str, Any]:
    async with open_database(settings) as database:
        account = await account_named(database, name)
        if month is not None:
            await set_budget(database, account.id, None if month == "none" else read_amount(month))
        found: Budget = await load_budget(database, account.id, now())
    return {
        "account": name,
        "month_budget": _text(found.month_budget),
        "month_spent": credits_text(found.month_spent),
    }


async def _cap(settings: Settings, text: str, total: int | None, month: int | None) -> dict[str, Any]:
    shown = text.rstrip("…")
    async with open_database(settings) as database:
        key = next((key for key in await list_keys(database) if shown in (str(key.id), key.prefix)), None)
        if key is None or not await cap_key(database, key.id, total=total, month=month, now=now()):
            raise ServerMisconfigured(f"There is no key {text!r}; `reelgate keys list` shows them.")
    return {"key": str(key.id), "account": key.account, "total_cap": _text(total), "month_cap": _text(month)}


async def _caps(settings: Settings, name: str) -> dict[str, Any]:
    async with open_database(settings) as database:
        account = await account_named(database, name)
        found = await list_caps(database, account.id, now())
    return {
        "account": name,
        "caps": [
            {
                "key": str(cap.key_id),
                "prefix": cap.prefix,
                "total_cap": _text(cap.total_cap),
                "total_spent": _text(cap.total_spent),
                "month_cap": _text(cap.month_cap),
                "month_spent": _text(cap.month_spent),
            }
            for cap in found
        ],
    }


def _text(microcredits: int | None) -> str | None:
    return None if microcredits is None else credits_text(microcredits)
