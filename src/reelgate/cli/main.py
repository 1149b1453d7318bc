"""The `reelgate` command: one file of this folder for each subcommand, which is imported when it is asked for."""

import importlib
import importlib.metadata
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from reelgate.kit.logs import configure_logs

#: Each subcommand, in the order in which they are listed, with the module that has it as `app` or as its own name. The
#: parent of a server then does not hold in memory what only other commands need.
COMMANDS: Final = {
    "serve": "serve",
    "generate": "generate",
    "demo": "demo",
    "tasks": "tasks",
    "keys": "keys",
    "plans": "plans",
    "secrets": "secrets",
    "credits": "credits",
    "ledger": "ledger",
    "webhooks": "webhooks",
    "engines": "engines",
    "doctor": "doctor",
    "api": "parts",
    "worker": "parts",
}


class Subcommands(TyperGroup):
    """Finds a subcommand's module by its name."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return all names."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a subcommand, or None where there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"reelgate.cli.{COMMANDS[cmd_name]}")
        if isinstance(found := getattr(module, "app", None), typer.Typer):
            command: Any = get_group(found)
        else:
            alone = typer.Typer(add_completion=False)
            alone.command(cmd_name)(getattr(module, cmd_name))
            command = get_command(alone)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="reelgate",
    cls=Subcommands,
    help="A self-hosted gateway for video generation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
