"""Keys: looked up once, remembered until they are revoked, never guessed at."""

import asyncio
import datetime as dt
import uuid
from typing import Any

import pytest

from reelgate.core.errors import DatabaseUnavailable, KeyInvalid, KeyMissing
from reelgate.core.ids import new_key
from reelgate.core.plans import NO_PLANS, plans_from
from reelgate.service.credit import digest
from reelgate.store.database import Database
from reelgate.store.statements import ACCOUNTS
from reelgate.web import auth
from reelgate.web.auth import KEY_KEPT, Authenticator, bearer_token

ROW: dict[str, object] = {
    "id": uuid.UUID(int=1),
    "account_id": uuid.UUID(int=2),
    "name": "me",
    "scopes": ["read", "create"],
    "models": None,
    "expires_at": None,
    "requests_per_minute": None,
    "plan": None,
    "spends_as": None,
    "available": 0,
}
KEYS = [new_key(bytes([number]) * 40) for number in range(3)]


class FakeDatabase(Database):
    """Has keys, counts how often it is asked, and answers late where told to."""

    def __init__(self) -> None:
        """Begin with every key alive."""
        self.live = {digest(key) for key in KEYS}
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.away = False
        #: What the rows of keys say beyond the usual.
        self.row: dict[str, object] = {}

    async def fetchrow(self, sql: str, *arguments: object) -> Any:
        """Answer what was so when it was asked."""
        assert sql == ACCOUNTS["find_key"]
        self.asked += 1
        found = arguments[0] in self.live
        await self.gate.wait()
        if self.away:
            raise DatabaseUnavailable("The database does not answer.")
        return ROW | self.row if found else None


@pytest.fixture
def database() -> FakeDatabase:
    """A database with three keys."""
    return FakeDatabase()


@pytest.fixture
def keys(database: FakeDatabase) -> Authenticator:
    """An authenticator that hears of revocations."""
    made = Authenticator(database)
    made.set_hearing(hearing=True)
    return made


@pytest.mark.parametrize("key", [None, ""])
async def test_without_a_key_nothing_is_asked(keys: Authenticator, database: FakeDatabase, key: str | None) -> None:
    """Neither the caller nor the database."""
    with pytest.raises(KeyMissing):
        await keys.authenticate(key)
    assert database.asked == 0


@pytest.mark.parametrize(
    "key",
    [
        "nonsense",
        "rg_",
        KEYS[0][:-1],
        KEYS[0] + "0",
        KEYS[0][:-1] + ("0" if KEYS[0][-1] != "0" else "1"),
        KEYS[0].upper(),
        "sk" + KEYS[0][2:],
        f" {KEYS[0]}",
        "rg_" + "é" * 38,
        "x" * 100_000,
        "' OR 1=1 --",
    ],
)
async def test_a_malformed_key_never_reaches_the_database(
    keys: Authenticator, database: FakeDatabase, key: str
) -> None:
    """A typing error is found by its checksum."""
    with pytest.raises(KeyInvalid):
        await keys.authenticate(key)
    assert database.asked == 0


async def test_a_key_is_looked_up_once(keys: Authenticator, database: FakeDatabase) -> None:
    """One that is not there, each time: it may be made the next moment."""
    for _ in range(3):
        assert (await keys.authenticate(KEYS[0])).account == "me"
    assert database.asked == 1
    for _ in range(3):
        with pytest.raises(KeyInvalid):
            await keys.authenticate(new_key(b"unknown" * 9))
    assert database.asked == 4


async def test_a_revoked_key_is_forgotten(keys: Authenticator, database: FakeDatabase) -> None:
    """The others are not."""
    for key in KEYS:
        await keys.authenticate(key)
    database.live.remove(digest(KEYS[0]))
    keys.forget(digest(KEYS[0]))
    with pytest.raises(KeyInvalid):
        await keys.authenticate(KEYS[0])
    await keys.authenticate(KEYS[1])
    assert database.asked == 4


@pytest.mark.parametrize("heard", ["revocation", "deaf and back"])
async def test_a_key_that_is_revoked_while_it_is_looked_up_is_not_remembered(
    keys: Authenticator, database: FakeDatabase, heard: str
) -> None:
    """The one request may pass, no other does."""
    database.gate.clear()
    asking = asyncio.create_task(keys.authenticate(KEYS[0]))
    while not database.asked:  # noqa: ASYNC110 - one turn of the loop
        await asyncio.sleep(0)
    database.live.clear()
    if heard == "revocation":
        keys.forget(digest(KEYS[0]))
    else:
        keys.set_hearing(hearing=False)
        keys.set_hearing(hearing=True)
    database.gate.set()
    await asking
    with pytest.raises(KeyInvalid):
        await keys.authenticate(KEYS[0])


async def test_without_hearing_no_key_is_remembered(database: FakeDatabase) -> None:
    """Before it begins, and after it was lost."""
    keys = Authenticator(database)
    for _ in range(2):
        await keys.authenticate(KEYS[0])
    keys.set_hearing(hearing=True)
    await keys.authenticate(KEYS[0])
    keys.set_hearing(hearing=False)
    database.live.clear()
    with pytest.raises(KeyInvalid):
        await keys.authenticate(KEYS[0])
    assert database.asked == 4


async def test_a_database_that_is_away_is_no_bad_key(keys: Authenticator, database: FakeDatabase) -> None:
    """The caller is told to come again, and keys at hand still work."""
    await keys.authenticate(KEYS[0])
    database.away = True
    assert (await keys.authenticate(KEYS[0])).account == "me"
    with pytest.raises(DatabaseUnavailable):
        await keys.authenticate(KEYS[1])


async def test_the_memory_is_bounded(
    keys: Authenticator, database: FakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest goes first."""
    monkeypatch.setattr(auth, "KEYS_MAX", 2)
    for key in KEYS:
        await keys.authenticate(key)
    assert len(keys._known) == 2
    await keys.authenticate(KEYS[2])
    assert database.asked == 3
    await keys.authenticate(KEYS[0])
    assert database.asked == 4


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        """Begin at some moment."""
        self.now = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        """Return the time."""
        return self.now


async def test_a_key_ends_when_it_says(database: FakeDatabase) -> None:
    """A remembered one too, to the moment; nobody is told why."""
    clock = Clock()
    keys = Authenticator(database, NO_PLANS, clock)
    keys.set_hearing(hearing=True)
    database.row = {"expires_at": clock.now + dt.timedelta(seconds=10)}
    await keys.authenticate(KEYS[0])
    clock.now += dt.timedelta(seconds=9.999)
    await keys.authenticate(KEYS[0])
    assert database.asked == 1
    clock.now += dt.timedelta(seconds=0.001)
    with pytest.raises(KeyInvalid, match=r"^The API key is not valid\.$"):
        await keys.authenticate(KEYS[0])


async def test_a_key_is_looked_up_again_after_a_minute(database: FakeDatabase) -> None:
    """Its plan follows the credits of its account."""
    clock = Clock()
    plans = plans_from({"default": "low", "plans": {"low": {}, "high": {"from_credits": 5}}})
    keys = Authenticator(database, plans, clock)
    keys.set_hearing(hearing=True)
    assert (await keys.authenticate(KEYS[0])).plan.name == "low"
    database.row = {"available": 5_000_000}
    assert (await keys.authenticate(KEYS[0])).plan.name == "low"
    clock.now += KEY_KEPT
    assert (await keys.authenticate(KEYS[0])).plan.name == "high"
    assert database.asked == 2


async def test_the_last_use_of_a_key_is_noted_once(keys: Authenticator) -> None:
    """However often it is used between two notes."""
    for _ in range(3):
        await keys.authenticate(KEYS[0])
    assert list(keys.drain_used()) == [uuid.UUID(int=1)]
    assert keys.drain_used() == {}


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (None, None),
        ("", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("Bearer abc", "abc"),
        ("bearer   abc ", "abc"),
        ("BEARER abc", "abc"),
        ("Basic abc", None),
        ("abc", None),
        ("Bearer a b", "a b"),
    ],
)
def test_a_token_is_read(header: str | None, token: str | None) -> None:
    """Schemes are spelled as people like."""
    assert bearer_token(header) == token
