"""Options that many commands share, and how they win over the environment."""

import pathlib
import sys
from collections.abc import Collection
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from reelgate.settings import Settings

Data = Annotated[
    pathlib.Path | None,
    typer.Option("--data", help="Folder of the server's data. [env: REELGATE_DATA; default: data]", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]


def settings_for(data: pathlib.Path | None, **options: Any) -> Settings:
    """Return the settings of the environment with the options that were given in their place.

    One that cannot be is named on standard error, with exit status 1.
    """
    given = {name: value for name, value in {"data": data, **options}.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        sys.exit(f"reelgate: {explain(error, given)}")


def explain(error: ValidationError, options: Collection[str] = ()) -> str:
    """Name every setting that cannot be, as an option where it was given as one. Pure."""
    problems = []
    for problem in error.errors():
        name = str(problem["loc"][0])
        shown = f"--{name.replace('_', '-')}" if name in options else f"REELGATE_{name.upper()}"
        problems.append(f"{shown}: {problem['msg'][:1].lower()}{problem['msg'][1:]}")
    return "; ".join(problems)
