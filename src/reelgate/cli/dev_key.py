"""The key that `serve --dev` and the demo show: made once for a data folder, kept in it, readable by its owner only.

It is for trying things out: every other key is stored as a digest and shown once.
"""

import os
import pathlib
import uuid
from typing import Final

from reelgate.core.ledger import to_credits_down
from reelgate.kit.clock import now
from reelgate.service.credit import digest, grant, issue_key
from reelgate.settings import Settings
from reelgate.store.accounts import find_key, load_balance
from reelgate.store.database import Database

DEV_ACCOUNT: Final = "dev"
DEV_CREDITS: Final = 100_000
#: With less than this it is filled up again.
DEV_CREDITS_MIN: Final = 10_000
DEV_KEY_FILE: Final = "dev-key"


async def ensure_dev_key(settings: Settings, database: Database) -> str:
    """Return the data folder's key for trying things out; it is made where it is missing or was revoked."""
    settings.data.mkdir(parents=True, exist_ok=True)
    path = settings.data / DEV_KEY_FILE
    if path.exists():
        key = path.read_text(encoding="utf-8").strip()
        if principal := await find_key(database, digest(key)):
            await _top_up(database, principal.account_id)
            return key
    issued = await issue_key(database, DEV_ACCOUNT, credits_granted=DEV_CREDITS, now=now(), random=os.urandom)
    _write_private(path, issued.key)
    return issued.key


async def _top_up(database: Database, account_id: uuid.UUID) -> None:
    available, _ = await load_balance(database, account_id)
    missing = DEV_CREDITS - to_credits_down(available)
    if missing > DEV_CREDITS - DEV_CREDITS_MIN:
        await grant(database, account_id, credits_granted=missing, reason="topped up for trying out", now=now())


def _write_private(path: pathlib.Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
