"""Options that many commands share, and how they win over the environment."""

import datetime as dt
import pathlib
import sys
from collections.abc import Collection
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from reelgate.core.ledger import read_credits
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


def read_time(option: str, text: str | None) -> dt.datetime | None:
    """Return the time that an option says as a day or in ISO 8601; UTC unless it says otherwise.

    One that cannot be read is named on standard error, with exit status 2.
    """
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("must be a day like 2027-01-31 or an ISO 8601 time", param_hint=option) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def read_amount(text: str) -> int:
    """Return the microcredits that a text says in credits; one that cannot be read ends with exit status 2."""
    try:
        return read_credits(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}") from error


def explain(error: ValidationError, options: Collection[str] = ()) -> str:
    """Name every setting that cannot be, as an option where it was given as one. Pure."""
    problems = []
    for problem in error.errors():
        name = str(problem["loc"][0])
        shown = f"--{name.replace('_', '-')}" if name in options else f"REELGATE_{name.upper()}"
        problems.append(f"{shown}: {problem['msg'][:1].lower()}{problem['msg'][1:]}")
    return "; ".join(problems)
