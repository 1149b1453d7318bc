"""`reelgate ledger`: prove that no credit was lost or charged twice."""

from typing import Any

import typer

from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.settings import Settings
from reelgate.store.verify import find_breaches, invariants

app = typer.Typer(no_args_is_help=True, help="The ledger.")


@app.callback()
def ledger() -> None:
    """Keep `verify` a subcommand although it is the only one."""


@app.command()
def verify(data: Data = None, json: Json = False) -> None:
    """Check every invariant against the database; exit status 1 when one does not hold."""
    facts = run(_verify(settings_for(data)))

    def text() -> str:
        if facts["ok"]:
            return f"the ledger is sound: {', '.join(facts['checked'])} hold"
        return table(
            [["broken", "subject", "detail"], *([b["invariant"], b["subject"], b["detail"]] for b in facts["breaches"])]
        )

    show(facts, as_json=json, text=text)
    if not facts["ok"]:
        raise typer.Exit(1)


async def _verify(settings: Settings) -> dict[str, Any]:
    async with open_database(settings) as database:
        breaches = await find_breaches(database)
    return {
        "ok": not breaches,
        "checked": list(invariants()),
        "breaches": [
            {"invariant": breach.invariant, "subject": breach.subject, "detail": breach.detail} for breach in breaches
        ],
    }
