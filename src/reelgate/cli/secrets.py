"""`reelgate secrets`: keys of engines behind HTTP, sealed in the database, and the ring of keys that seals them."""

import datetime as dt
import os
import sys
from typing import Annotated, Any

import typer

from reelgate.app.tables import load_key_ring, load_vault
from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.kit.clock import now
from reelgate.kit.sealing import KEY_BYTES, NONCE_BYTES, write_key
from reelgate.settings import Settings
from reelgate.store.credentials import delete_credential, list_credentials, reseal_credentials, save_credential
from reelgate.store.secrets import seal_secrets

app = typer.Typer(no_args_is_help=True, help="Keys of engines, sealed in the database.")

_Engine = Annotated[str, typer.Argument(help="The engine's name in the file of engines.")]
_Name = Annotated[str, typer.Argument(help="The credential's name there.")]


@app.command("set")
def set_(engine: _Engine, name: _Name = "default", data: Data = None, json: Json = False) -> None:
    """Keep the key that is typed, or piped in; in the file of engines its credential says `stored = true`."""
    secret = typer.prompt("key", hide_input=True) if sys.stdin.isatty() else sys.stdin.read()
    secret = secret.strip()
    if not secret:
        sys.exit("reelgate: no key came on standard input")
    run(_save(settings_for(data), engine, name, secret))
    show({"engine": engine, "name": name, "saved": True}, as_json=json, text=lambda: f"{engine} {name}: kept")


@app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """List the credentials, masked."""
    facts = run(_list(settings_for(data)))
    rows = [["engine", "name", "key", "sealed with", "set"]]
    rows += [[c["engine"], c["name"], c["masked"], c["sealed_with"], c["updated_at"]] for c in facts["credentials"]]
    show(facts, as_json=json, text=lambda: table(rows))


@app.command()
def delete(engine: _Engine, name: _Name = "default", data: Data = None, json: Json = False) -> None:
    """Forget a credential."""
    done = run(_delete(settings_for(data), engine, name))
    show({"deleted": done}, as_json=json, text=lambda: "forgotten" if done else "there is no such credential")
    if not done:
        raise typer.Exit(1)


@app.command("re-encrypt")
def re_encrypt(data: Data = None, json: Json = False) -> None:
    """Seal every credential and every secret that signs with the first key of the ring, so that the others can go."""
    count = run(_reseal(settings_for(data)))
    show({"sealed_anew": count}, as_json=json, text=lambda: f"{count} sealed anew")


@app.command("new-key")
def new_key(json: Json = False) -> None:
    """Print a new entry for the ring: put it first, restart, re-encrypt, take the old one out."""
    key = write_key(now().strftime("k%Y%m%d%H%M%S"), os.urandom(KEY_BYTES))
    show({"key": key}, as_json=json, text=lambda: key)


async def _save(settings: Settings, engine: str, name: str, secret: str) -> None:
    async with open_database(settings) as database:
        ring = load_key_ring(settings)
        await save_credential(database, ring, (engine, name), secret, now=now(), nonce=os.urandom(NONCE_BYTES))


async def _list(settings: Settings) -> dict[str, Any]:
    async with open_database(settings) as database:
        found = await list_credentials(database)
    return {
        "credentials": [
            {
                "engine": credential.engine,
                "name": credential.name,
                "masked": credential.masked,
                "sealed_with": credential.sealed_with,
                "updated_at": _shown(credential.updated_at),
            }
            for credential in found
        ],
    }


async def _delete(settings: Settings, engine: str, name: str) -> bool:
    async with open_database(settings) as database:
        return await delete_credential(database, engine, name)


async def _reseal(settings: Settings) -> int:
    async with open_database(settings) as database:
        count = await reseal_credentials(database, load_key_ring(settings), os.urandom)
        return count + await seal_secrets(database, load_vault(settings))


def _shown(time: dt.datetime) -> str:
    return time.isoformat(timespec="seconds")
