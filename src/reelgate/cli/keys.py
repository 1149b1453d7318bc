"""`reelgate keys`: make, list, rotate and revoke API keys."""

import datetime as dt
import os
import sys
from typing import Annotated, Any, Final

import typer

from reelgate.app.tables import load_catalogue
from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.core.catalogue import Catalogue
from reelgate.core.keys import USUAL_SCOPES, KeyTerms, Scope
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT, to_credits_down
from reelgate.kit.clock import now
from reelgate.service.credit import IssuedKey, issue_key, rotate_key
from reelgate.settings import Settings
from reelgate.store.accounts import Opening, list_keys, revoke_key

_UNITS: Final = {
    "s": dt.timedelta(seconds=1),
    "m": dt.timedelta(minutes=1),
    "h": dt.timedelta(hours=1),
    "d": dt.timedelta(days=1),
}
#: No duration has more digits, so that its end is still a date.
DURATION_DIGITS_MAX: Final = 5

_Named = Annotated[str, typer.Argument(help="The id, or the first characters as `keys list` shows them.")]

app = typer.Typer(no_args_is_help=True, help="API keys.")


_Scopes = Annotated[
    str, typer.Option(help=f"What it may do, separated by commas: {', '.join(Scope)}. Usually all but {Scope.ADMIN}.")
]
_Models = Annotated[
    str | None, typer.Option(help="Models of the catalogue that it may use, separated by commas; all without it.")
]
_Expires = Annotated[str | None, typer.Option(help="How long it works: 90d, 12h, 30m, 45s. For ever without it.")]


@app.command()
def create(
    data: Data = None,
    account: Annotated[str, typer.Option(help="Made where it is missing.")] = "default",
    credits_granted: Annotated[int, typer.Option("--credits", min=0, help="Credits to grant with the key.")] = 0,
    scopes: _Scopes = ",".join(sorted(USUAL_SCOPES)),
    models: _Models = None,
    expires: _Expires = None,
    requests_per_minute: Annotated[
        int | None, typer.Option(min=1, help="Fewer than the account's plan allows.")
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="A new account's credits are for trying things out.")] = False,
    json: Json = False,
) -> None:
    """Make a key and show it: the only time that it is seen."""
    settings = settings_for(data)
    terms = KeyTerms(
        scopes=read_scopes(scopes),
        models=None if models is None else read_models(models, load_catalogue(settings)),
        expires_at=None if expires is None else now() + read_duration(expires, "--expires"),
        requests_per_minute=requests_per_minute,
    )
    facts = run(_create(settings, account, credits_granted, terms, test=test))
    show(facts, as_json=json, text=lambda: f"{facts['key']}\naccount {account}, {facts['credits']} credits available")


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """List the keys, without their secrets."""
    facts = run(_list(settings_for(data)))
    rows = [["id", "account", "key", "may", "made", "last used", "ends"]]
    for key in facts["keys"]:
        ends = "revoked" if key["revoked_at"] else key["expires_at"] or ""
        may = ",".join(key["scopes"]) + (f" ({','.join(key['models'])})" if key["models"] is not None else "")
        shown = [
            key["id"],
            key["account"],
            key["prefix"] + "…",
            may,
            key["created_at"],
            key["last_used_at"] or "",
            ends,
        ]
        rows.append(shown)
    show(facts, as_json=json, text=lambda: table(rows))


@app.command()
def rotate(
    key: _Named,
    overlap: Annotated[str, typer.Option(help="How long the old one goes on working: 24h, 30m, 0s.")] = "24h",
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a key of the same terms in another's place, and show it."""
    settings, lasting = settings_for(data), read_duration(overlap, "--overlap")
    facts = run(_rotate(settings, key, lasting))
    if facts is None:
        show({"rotated": False}, as_json=json, text=lambda: "there is no such live key")
        raise typer.Exit(1)
    show(facts, as_json=json, text=lambda: f"{facts['key']}\nthe old one works until {facts['old_expires_at']}")


@app.command()
def revoke(
    key: _Named,
    data: Data = None,
    json: Json = False,
) -> None:
    """Revoke a key at once, on every process."""
    done = run(_revoke(settings_for(data), key))
    show({"revoked": done}, as_json=json, text=lambda: "revoked" if done else "there is no such live key")
    if not done:
        raise typer.Exit(1)


def read_scopes(text: str) -> frozenset[Scope]:
    """Read scopes that are separated by commas; exit with a sentence when one of them is none."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or not set(names) <= set(Scope):
        sys.exit(f"reelgate: --scopes: must be some of {', '.join(Scope)}, not {text!r}")
    return frozenset(map(Scope, names))


def read_models(text: str, catalogue: Catalogue) -> frozenset[str]:
    """Read names of models that are separated by commas; exit with a sentence when one of them is none."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if not names or not names <= set(catalogue.models):
        sys.exit(f"reelgate: --models: must be some of {', '.join(catalogue.models)}, not {text!r}")
    return names


def read_duration(text: str, option: str) -> dt.timedelta:
    """Read a duration such as 90d or 24h; exit with a sentence when it is none."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) <= DURATION_DIGITS_MAX and unit in _UNITS):
        sys.exit(f"reelgate: {option}: must be a number of {', '.join(_UNITS)} such as 24h, not {text!r}")
    return int(number) * _UNITS[unit]


async def _create(
    settings: Settings, account: str, credits_granted: int, terms: KeyTerms, *, test: bool
) -> dict[str, Any]:
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
            terms=terms,
        )
    return _issued(issued) | {"expires_at": _shown(terms.expires_at)}


async def _rotate(settings: Settings, key: str, overlap: dt.timedelta) -> dict[str, Any] | None:
    started = now()
    async with open_database(settings) as database:
        issued = await rotate_key(database, key.rstrip("…"), overlap=overlap, now=started, random=os.urandom)
    return _issued(issued) | {"old_expires_at": _shown(started + overlap)} if issued else None


def _issued(issued: IssuedKey) -> dict[str, Any]:
    return {
        "account": issued.account,
        "key": issued.key,
        "key_id": str(issued.id),
        "credits": to_credits_down(issued.available_microcredits),
    }


def _shown(time: dt.datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


async def _list(settings: Settings) -> dict[str, Any]:
    async with open_database(settings) as database:
        keys = await list_keys(database)
    return {
        "keys": [
            {
                "id": str(key.id),
                "account": key.account,
                "prefix": key.prefix,
                "scopes": sorted(key.terms.scopes),
                "models": None if key.terms.models is None else sorted(key.terms.models),
                "requests_per_minute": key.terms.requests_per_minute,
                "created_at": _shown(key.created_at),
                "last_used_at": _shown(key.last_used_at),
                "expires_at": _shown(key.terms.expires_at),
                "revoked_at": _shown(key.revoked_at),
            }
            for key in keys
        ],
    }


async def _revoke(settings: Settings, key: str) -> bool:
    async with open_database(settings) as database:
        return await revoke_key(database, key.rstrip("…"), now())
