"""`reelgate credits`: what accounts have, and grants."""

from typing import Annotated, Any

import typer

from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.core.errors import ServerMisconfigured
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT, to_credits_down
from reelgate.kit.clock import now
from reelgate.service.credit import grant as grant_credits
from reelgate.settings import Settings
from reelgate.store.accounts import find_account, list_accounts

app = typer.Typer(no_args_is_help=True, help="Credits of accounts.")


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """List the accounts with what they have, in credits."""
    facts = run(_list(settings_for(data)))
    rows = [["account", "available", "reserved"]]
    rows += [[a["account"], f"{a['available']:g}", f"{a['reserved']:g}"] for a in facts["accounts"]]
    show(facts, as_json=json, text=lambda: table(rows))


@app.command()
def grant(
    account: str,
    amount: Annotated[int, typer.Argument(min=1, help="Whole credits.")],
    data: Data = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "granted by the operator",
    json: Json = False,
) -> None:
    """Give an account credits."""
    available = run(_grant(settings_for(data), account, amount, reason))
    facts = {"account": account, "granted": amount, "available": available}
    show(facts, as_json=json, text=lambda: f"{account} has {available} credits available")


async def _list(settings: Settings) -> dict[str, Any]:
    async with open_database(settings) as database:
        accounts = await list_accounts(database)
    return {
        "accounts": [
            {
                "account": account.name,
                "available": account.available_microcredits / MICROCREDITS_PER_CREDIT,
                "reserved": account.reserved_microcredits / MICROCREDITS_PER_CREDIT,
            }
            for account in accounts
        ],
    }


async def _grant(settings: Settings, name: str, amount: int, reason: str) -> int:
    async with open_database(settings) as database:
        account = await find_account(database, name)
        if account is None:
            raise ServerMisconfigured(
                f"There is no account {name!r}; `reelgate keys create --account {name}` makes it."
            )
        available = await grant_credits(database, account.id, credits_granted=amount, reason=reason, now=now())
    return to_credits_down(available)
