"""The `reelgate` command: one file of this folder for each subcommand."""

import importlib.metadata
from typing import Annotated

import typer

from reelgate.cli import credits as credits_command
from reelgate.cli import engines, keys, ledger, plans, secrets, tasks, webhooks
from reelgate.cli.demo import demo
from reelgate.cli.doctor import doctor
from reelgate.cli.generate import generate
from reelgate.cli.parts import api, worker
from reelgate.cli.serve import serve
from reelgate.kit.logs import configure_logs

app = typer.Typer(
    name="reelgate",
    help="A self-hosted gateway for video generation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(generate)
app.command()(demo)
app.add_typer(tasks.app, name="tasks")
app.add_typer(keys.app, name="keys")
app.add_typer(plans.app, name="plans")
app.add_typer(secrets.app, name="secrets")
app.add_typer(credits_command.app, name="credits")
app.add_typer(ledger.app, name="ledger")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(engines.app, name="engines")
app.command()(doctor)
app.command()(api)
app.command()(worker)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(importlib.metadata.version("reelgate"))
        raise typer.Exit


@app.callback()
def reelgate(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Take the options that every command has."""
    # Standard output is for facts; a server says more than this.
    configure_logs("warning", "text")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
