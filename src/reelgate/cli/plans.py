"""`reelgate plans`: what accounts may ask of the server, and which plan an account has."""

import dataclasses
import sys
from typing import Annotated, Any, Final

import typer

from reelgate.app.tables import load_plans
from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.settings import Settings
from reelgate.store.accounts import assign_plan

#: In place of a plan's name: the account's credits decide.
BY_CREDITS: Final = "by-credits"

app = typer.Typer(no_args_is_help=True, help="Plans: the limits of accounts.")


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """List the plans with their limits."""
    plans = load_plans(settings_for(data))
    listed = [dataclasses.asdict(plan) for plan in plans.by_name.values()]
    facts = {"default": plans.default.name, "plans": listed}
    rows = [list(dataclasses.asdict(plans.default))]
    rows += [["" if value is None else str(value) for value in plan.values()] for plan in listed]
    show(facts, as_json=json, text=lambda: f"{table(rows)}\ndefault: {plans.default.name}")


@app.command()
def assign(
    account: Annotated[str, typer.Argument(help="The account's name.")],
    plan: Annotated[str, typer.Argument(help=f"The plan's name, or {BY_CREDITS}: the account's credits decide.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Give an account a plan, on every process at once."""
    settings = settings_for(data)
    names = load_plans(settings).by_name
    if plan not in (*names, BY_CREDITS):
        sys.exit(f"reelgate: there is no plan {plan!r}; there are {', '.join(names)}, and {BY_CREDITS}")
    done = run(_assign(settings, account, None if plan == BY_CREDITS else plan))
    facts: dict[str, Any] = {"account": account, "plan": plan, "assigned": done}
    show(facts, as_json=json, text=lambda: f"{account}: {plan}" if done else "there is no such account")
    if not done:
        raise typer.Exit(1)


async def _assign(settings: Settings, account: str, plan: str | None) -> bool:
    async with open_database(settings) as database:
        return await assign_plan(database, account, plan)
