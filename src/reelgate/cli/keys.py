"""`reelgate keys`: make, list and revoke API keys."""

import datetime as dt
import os
from typing import Annotated, Any

import typer

from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT, to_credits_down
from reelgate.kit.clock import now
from reelgate.service.credit import issue_key
from reelgate.settings import Settings
from reelgate.store.accounts import Opening, list_keys, revoke_key

app = typer.Typer(no_args_is_help=True, help="API keys.")


@app.command()
def create(
    data: Data = None,
    account: Annotated[str, typer.Option(help="Made where it is missing.")] = "default",
    credits_granted: Annotated[int, typer.Option("--credits", min=0, help="Credits to grant with the key.")] = 0,
    test: Annotated[bool, typer.Option("--test", help="A new account's credits are for trying things out.")] = False,
    json: Json = False,
) -> None:
    """Make a key and show it: the only time that it is seen."""
    facts = run(_create(settings_for(data), account, credits_granted, test=test))
    show(facts, as_json=json, text=lambda: f"{facts['key']}\naccount {account}, {facts['credits']} credits available")


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """List the keys, without their secrets."""
    facts = run(_list(settings_for(data)))
    rows = [["id", "account", "key", "made", "revoked"]]
    rows += [[k["id"], k["account"], k["prefix"] + "…", k["created_at"], k["revoked_at"] or ""] for k in facts["keys"]]
    show(facts, as_json=json, text=lambda: table(rows))


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The id, or the first characters as `keys list` shows them.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Revoke a key at once, on every process."""
    done = run(_revoke(settings_for(data), key))
    show({"revoked": done}, as_json=json, text=lambda: "revoked" if done else "there is no such live key")
    if not done:
        raise typer.Exit(1)


async def _create(settings: Settings, account: str, credits_granted: int, *, test: bool) -> dict[str, Any]:
    moment = now()
    days = settings.signup_days
    opening = Opening(
        test=test,
        microcredits=settings.signup_credits * MICROCREDITS_PER_CREDIT,
        expires_at=moment + dt.timedelta(days=days) if days else None,
    )
    async with open_database(settings) as database:
        issued = await issue_key(
            database,
            account,
            credits_granted=credits_granted,
            now=moment,
            random=os.urandom,
            opening=opening,
        )
    return {
        "account": issued.account,
        "key": issued.key,
        "key_id": str(issued.id),
        "credits": to_credits_down(issued.available_microcredits),
    }


async def _list(settings: Settings) -> dict[str, Any]:
    async with open_database(settings) as database:
        keys = await list_keys(database)
    return {
        "keys": [
            {
                "id": str(key.id),
                "account": key.account,
                "prefix": key.prefix,
                "created_at": key.created_at.isoformat(timespec="seconds"),
                "revoked_at": key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else None,
            }
            for key in keys
        ],
    }


async def _revoke(settings: Settings, key: str) -> bool:
    async with open_database(settings) as database:
        return await revoke_key(database, key.rstrip("…"), now())
