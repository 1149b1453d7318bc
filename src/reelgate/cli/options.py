"""Options that many commands share, and how they win over the environment."""

import pathlib
from typing import Annotated, Any

import typer

from reelgate.settings import Settings

Data = Annotated[
    pathlib.Path | None,
    typer.Option("--data", help="Folder of the server's data. [env: REELGATE_DATA; default: data]", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]


def settings_for(data: pathlib.Path | None, **options: Any) -> Settings:
    """Return the settings of the environment with the options that were given in their place."""
    given = {"data": data, **options}
    return Settings(**{name: value for name, value in given.items() if value is not None})
