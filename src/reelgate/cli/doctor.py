"""`reelgate doctor`: what is installed, reachable, writable, or too old, with what to do about it."""

import importlib.metadata
import importlib.util
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from typing import Any, Final

import typer

from reelgate.app.tables import load_catalogue
from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show
from reelgate.core.errors import ReelgateError
from reelgate.kit.folder_lock import FolderInUse
from reelgate.kit.postgres.errors import EmbeddedPostgresError
from reelgate.settings import Settings
from reelgate.store.verify import find_breaches

PYTHON_MIN: Final = (3, 11)
POSTGRES_MIN: Final = 160000
FREE_MIN_BYTES: Final = 1 << 30
PACKAGES: Final = ("asyncpg", "av", "cv2", "httpx2", "msgspec", "numpy", "obstore", "PIL", "pgqueuer", "uvicorn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str


def doctor(data: Data = None, json: Json = False) -> None:
    """Look at everything that reelgate needs; exit status 1 when something is missing."""
    settings = settings_for(data)
    findings = [check_python(), check_packages(), check_data(settings), check_catalogue(settings)]
    findings += run(_check_database(settings))
    facts: dict[str, Any] = {
        "ok": all(finding.ok for finding in findings),
        "findings": [{"what": f.what, "ok": f.ok, "detail": f.detail} for f in findings],
    }
    show(facts, as_json=json, text=lambda: "\n".join(_line(finding) for finding in findings))
    if not facts["ok"]:
        raise typer.Exit(1)


def check_python() -> Finding:
    """Look at the interpreter's version."""
    ok = sys.version_info >= PYTHON_MIN
    wanted = "" if ok else f"; reelgate needs {'.'.join(map(str, PYTHON_MIN))} or newer"
    return Finding(what="Python", ok=ok, detail=platform.python_version() + wanted)


def check_packages() -> Finding:
    """Look for the packages that do the work."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    version = importlib.metadata.version("reelgate")
    detail = f"missing: {', '.join(missing)}; install reelgate again" if missing else f"reelgate {version}, all there"
    return Finding(what="packages", ok=not missing, detail=detail)


def check_data(settings: Settings) -> Finding:
    """Try to write into the data folder and see how much room it has."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data):
            pass
    except OSError as error:
        return Finding(what="data folder", ok=False, detail=f"{settings.data}: {error.strerror}; choose another --data")
    free = shutil.disk_usage(settings.data).free
    detail = f"{settings.data.resolve()}, writable, {free / 1e9:.1f} GB free"
    if free < FREE_MIN_BYTES:
        return Finding(what="data folder", ok=False, detail=detail + "; make room, videos need it")
    return Finding(what="data folder", ok=True, detail=detail)


def check_catalogue(settings: Settings) -> Finding:
    """Read the catalogue."""
    try:
        models = load_catalogue(settings).models
    except ReelgateError as error:
        return Finding(what="catalogue", ok=False, detail=str(error))
    return Finding(what="catalogue", ok=True, detail=f"{len(models)} models")


async def _check_database(settings: Settings) -> list[Finding]:
    what = "database" if settings.database_url else "embedded Postgres"
    try:
        async with open_database(settings) as database:
            number = int(await database.fetchval("SHOW server_version_num"))
            version = await database.fetchval("SHOW server_version")
            breaches = await find_breaches(database)
    except (ReelgateError, EmbeddedPostgresError, FolderInUse) as error:
        return [Finding(what=what, ok=False, detail=str(error))]
    old = "" if number >= POSTGRES_MIN else "; reelgate needs 16 or newer"
    sound = "every invariant holds" if not breaches else f"{len(breaches)} breaches; see `reelgate ledger verify`"
    return [
        Finding(what=what, ok=not old, detail=f"PostgreSQL {version}{old}"),
        Finding(what="ledger", ok=not breaches, detail=sound),
    ]


def _line(finding: Finding) -> str:
    return f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what}: {finding.detail}"
