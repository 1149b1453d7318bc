"""Secrets that sign in the real database: sealed, bound to their row, sealed where an older version left them."""

import asyncio
import datetime as dt
import uuid
from typing import Any

import pytest

from fakes import open_account
from reelgate.core.errors import ServerMisconfigured
from reelgate.kit.sealing import KeyRing
from reelgate.store.accounts import Principal
from reelgate.store.database import Database
from reelgate.store.secrets import ensure_secret, seal_secrets
from reelgate.store.vault import Vault
from reelgate.store.webhooks import Endpoint, Signer, add_endpoint, ensure_secrets, live_secrets, rotate_secret

OPEN = Vault(ring=None)
OLD, NEW = (Vault(ring=KeyRing(keys=keys)) for keys in ({"old": b"o" * 32}, {"new": b"n" * 32, "old": b"o" * 32}))
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
async def principal(database: Database) -> Principal:
    """Somebody."""
    return await open_account(database, 0)


def secret(number: int) -> bytes:
    return b"secret of webhooks no. %09d" % number


def fresh(number: int) -> tuple[uuid.UUID, bytes]:
    return uuid.UUID(int=number), secret(number)


async def seed(database: Database, vault: Vault, principal: Principal) -> tuple[Signer, Signer]:
    """Keep a secret of the server, one of an account and two of an endpoint, of which one is being replaced."""
    fields: dict[str, Any] = {"account": "", "name": None, "url": "https://example.com/", "wire": "openai"}
    endpoint = Endpoint(
        id=uuid.uuid4(),
        account_id=principal.account_id,
        events=("failed",),
        created_at=NOW,
        updated_at=NOW,
        **fields,
    )
    account, standing = (
        Signer(account_id=principal.account_id, endpoint_id=endpoint_id) for endpoint_id in (None, endpoint.id)
    )
    await ensure_secret(database, vault, "links", secret(0), NOW)
    await ensure_secrets(database, vault, account, fresh(1), NOW)
    await add_endpoint(database, vault, endpoint, fresh(2))
    await rotate_secret(database, vault, standing, fresh(3), until=NOW + DAY, now=NOW)
    return account, standing


async def all_secrets(database: Database, vault: Vault, signers: tuple[Signer, Signer]) -> list[bytes]:
    found = [await ensure_secret(database, vault, "links", b"another", NOW)]
    for signer in signers:
        found += [each.secret for each in await live_secrets(database, vault, signer, NOW)]
    return found


async def rows(database: Database) -> str:
    """Return both tables as text, what is binary as its characters."""
    found = await database.fetch(
        "SELECT concat_ws(' ', s::text, encode(secret, 'escape'), encode(sealed, 'escape')) FROM webhook_secrets s "
        "UNION ALL SELECT concat_ws(' ', s::text, encode(secret, 'escape'), encode(sealed, 'escape')) "
        "FROM server_secrets s"
    )
    return "\n".join(row[0] for row in found)


async def test_secrets_are_kept_sealed(database: Database, principal: Principal) -> None:
    """The rows hold nothing of them; without the ring, or with another key of that name, nothing opens."""
    signers = await seed(database, OLD, principal)
    assert await all_secrets(database, OLD, signers) == [secret(n) for n in (0, 1, 3, 2)]
    kept = await rows(database)
    assert "secret of webhooks" not in kept
    assert secret(1).hex() not in kept
    for other, says in ((OPEN, "set REELGATE_SECRET_KEYS"), (Vault(ring=KeyRing(keys={"old": b"x" * 32})), "changed")):
        with pytest.raises(ServerMisconfigured, match=says):
            await live_secrets(database, other, signers[0], NOW)
        with pytest.raises(ServerMisconfigured, match="server_secrets links"):
            await ensure_secret(database, other, "links", b"another", NOW)


@pytest.mark.parametrize("vault", [OPEN, OLD], ids=["in the clear", "under the old key"])
async def test_what_is_there_is_sealed_anew(database: Database, principal: Principal, vault: Vault) -> None:
    """Each once, by however many servers that start together; then the old key can go, and nothing has changed."""
    signers = await seed(database, vault, principal)
    before = await all_secrets(database, vault, signers)
    # While the others are sealed, what is there goes on working.
    assert await all_secrets(database, NEW, signers) == before
    assert sum(await asyncio.gather(*(seal_secrets(database, NEW) for _ in range(3)))) == 4
    assert await seal_secrets(database, NEW) == 0
    assert await all_secrets(database, Vault(ring=KeyRing(keys={"new": b"n" * 32})), signers) == before
    assert "secret of webhooks" not in await rows(database)


async def test_more_secrets_than_are_read_at_once(database: Database, principal: Principal) -> None:
    """None is left out."""
    await database.fetch(
        "INSERT INTO webhook_secrets (id, account_id, secret, created_at, expires_at) "
        "SELECT gen_random_uuid(), $1, sha256(n::text::bytea), now(), now() FROM generate_series(1, 1201) n",
        principal.account_id,
    )
    assert await seal_secrets(database, OPEN) == 0
    assert await seal_secrets(database, OLD) == 1201
    assert await database.fetchval("SELECT count(*) FROM webhook_secrets WHERE secret IS NOT NULL") == 0


async def test_a_ring_that_does_not_fit_is_found_at_the_start(database: Database) -> None:
    """Before anything works with the database."""
    await ensure_secret(database, OLD, "links", secret(0), NOW)
    for vault in (OPEN, Vault(ring=KeyRing(keys={"another": b"a" * 32}))):
        with pytest.raises(ServerMisconfigured):
            await seal_secrets(database, vault)


async def test_a_secret_belongs_to_its_row(database: Database, principal: Principal) -> None:
    """Whoever can write to the database cannot have one endpoint's events signed with another's secret."""
    account, standing = await seed(database, OLD, principal)
    await database.fetch(
        "UPDATE webhook_secrets SET sealed = (SELECT sealed FROM webhook_secrets WHERE endpoint_id IS NULL) "
        "WHERE endpoint_id IS NOT NULL AND expires_at IS NULL"
    )
    assert len(await live_secrets(database, OLD, account, NOW)) == 1
    with pytest.raises(ServerMisconfigured, match="belongs elsewhere"):
        await live_secrets(database, OLD, standing, NOW)
