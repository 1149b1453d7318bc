"""The server's own secrets in Postgres, and the sealing of all that sign.

Thin functions over `sql/queries/secrets.sql`. Called by `app` and the command line.
"""

import datetime as dt
import uuid
from typing import Final

from reelgate.kit.sealing import sealed_head
from reelgate.store.database import Database
from reelgate.store.statements import SECRETS
from reelgate.store.vault import Kept, Vault, server_row, webhook_row

#: Rows that are read at once.
_BATCH: Final = 500
_BEFORE_ALL: Final = uuid.UUID(int=0)


async def ensure_secret(database: Database, vault: Vault, name: str, fresh: bytes, now: dt.datetime) -> bytes:
    """Return the server's secret of that name; `fresh` becomes it where there is none. May be repeated.

    Raises:
        ServerMisconfigured: it cannot be opened.

    """
    row = server_row(name)
    kept = vault.keep(row, fresh)
    await database.fetch(SECRETS["save_server_secret"], name, kept.secret, kept.sealed, now)
    found = await database.fetchrow(SECRETS["load_server_secret"], name)
    assert found is not None, "nothing deletes it"
    return vault.open(row, Kept(**dict(found)))


async def seal_secrets(database: Database, vault: Vault) -> int:
    """Seal every secret that signs with the ring's first key, unless it is; return how many. May be repeated.

    Those of the server are opened in any case, so that a ring that does not fit is found before anything starts.

    Raises:
        ServerMisconfigured: one cannot be opened; those before it are sealed.

    """
    return await _seal_server_secrets(database, vault) + await _seal_webhook_secrets(database, vault)


async def _seal_server_secrets(database: Database, vault: Vault) -> int:
    count = 0
    for found in await database.fetch(SECRETS["list_server_secrets"]):
        row, kept = server_row(found["name"]), Kept(secret=found["secret"], sealed=found["sealed"])
        secret = vault.open(row, kept)
        if vault.ring is None or (kept.sealed or b"").startswith(sealed_head(vault.ring.current)):
            continue
        sealed = vault.keep(row, secret).sealed
        if await database.fetchrow(SECRETS["reseal_server_secret"], found["name"], sealed, kept.secret, kept.sealed):
            count += 1
    return count


async def _seal_webhook_secrets(database: Database, vault: Vault) -> int:
    if vault.ring is None:
        return 0
    count, after, head = 0, _BEFORE_ALL, sealed_head(vault.ring.current)
    while rows := await database.fetch(SECRETS["webhook_secrets_to_seal"], head, _BATCH, after):
        for found in rows:
            row = webhook_row(found["id"], found["account_id"], found["endpoint_id"])
            kept = Kept(secret=found["secret"], sealed=found["sealed"])
            sealed = vault.keep(row, vault.open(row, kept)).sealed
            if await database.fetchrow(SECRETS["reseal_webhook_secret"], found["id"], sealed, kept.secret, kept.sealed):
                count += 1
        after = rows[-1]["id"]
    return count
