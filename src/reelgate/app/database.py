"""Make a database fit for this version before anything works with it: its schema, and that its secrets are sealed."""

import structlog

from reelgate.app.tables import load_vault
from reelgate.settings import Settings
from reelgate.store.database import Database
from reelgate.store.migrate import migrate
from reelgate.store.secrets import seal_secrets

_log = structlog.get_logger(__name__)


async def prepare_database(settings: Settings, database: Database) -> None:
    """Migrate a database and seal what lies in it in the clear. May be repeated, and by many at once.

    Raises:
        ServerMisconfigured: it is of a newer version, or sealed with keys that are not in the ring.
        DatabaseUnavailable: it went away.

    """
    await migrate(database)
    vault = load_vault(settings)
    if vault.ring is None:
        _log.warning("secrets.not_sealed", hint="set REELGATE_SECRET_KEYS to the same keys on every machine")
    if count := await seal_secrets(database, vault):
        _log.info("secrets.sealed", secrets=count)
