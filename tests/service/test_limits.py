"""Plans and the terms of keys over the real database, through every wire: exact under races, in each wire's words."""

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from fakes import PRICE, make_spec, open_account, put_task
from reelgate.core.errors import KeyForbidden, KeyInvalid, Limit, RateLimited
from reelgate.core.keys import Scope
from reelgate.core.plans import Counts, Plan, Plans
from reelgate.core.task import Failure, State
from reelgate.kit.children import ChildPool
from reelgate.objects.disk import DiskStore
from reelgate.service.credit import digest, issue_key, rotate_key
from reelgate.service.gateway import Gateway
from reelgate.service.submit import Submission, submit
from reelgate.store.accounts import Principal, assign_plan, find_key, list_keys
from reelgate.store.changes import Changes
from reelgate.store.database import Database
from reelgate.store.tasks import Ending, begin_task, count_tasks_of, finish_task, load_task
from reelgate.web.auth import Authenticator
from reelgate.web.limiter import FAILED_KEYS_MAX, Limiter
from reelgate.web.upkeep import Upkeep
from wires import CREATES, give_key, make_gateway, open_client

SMALL = Plan(name="small", requests_per_minute=3, tasks_in_flight=5, tasks_queued=5, tasks_per_day=100)
PLANS = Plans(default=SMALL, by_name={"small": SMALL, "wide": Plan(name="wide", requests_per_minute=1000)})


@pytest.fixture
async def principal(database: Database) -> Principal:
    """Somebody rich."""
    return await open_account(database, 1000 * PRICE)


@pytest.fixture
def gateway(database: Database, objects: DiskStore, real_children: ChildPool) -> Gateway:
    """A gateway over the real database."""
    return make_gateway(database, objects, real_children)


@pytest.fixture
async def client(gateway: Gateway, database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of every wire, where plans count."""
    async with open_client(gateway, Authenticator(database, PLANS)) as opened:
        yield opened


def asking() -> Submission:
    return Submission(dialect="veo4api", spec=make_spec(duration_s=8), field_names={})


@pytest.mark.parametrize(
    ("limits", "of"),
    [
        ({"tasks_in_flight": 7}, Limit.TASKS_IN_FLIGHT),
        ({"tasks_queued": 7}, Limit.TASKS_QUEUED),
        ({"tasks_per_day": 7}, Limit.TASKS_PER_DAY),
    ],
)
async def test_racing_requests_get_exactly_what_the_plan_allows(
    gateway: Gateway, principal: Principal, database: Database, limits: dict[str, int], of: Limit
) -> None:
    """Thirty-two at once for seven places; all others are told why."""
    limited = replace(principal, plan=Plan(name="p", **limits))
    results = await asyncio.gather(*(submit(gateway, limited, asking()) for _ in range(32)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(results) - len(refused) == 7
    assert {(type(error), getattr(error, "of", None)) for error in refused} == {(RateLimited, of)}
    assert await database.fetchval("SELECT count(*) FROM tasks") == 7


async def test_counts_follow_the_tasks(database: Database, principal: Principal) -> None:
    """Waiting, begun, ended in each way; a day ends at midnight, UTC."""
    noon = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    ids = [await put_task(database, principal, created_at=noon) for _ in range(3)]

    async def counts(now: dt.datetime = noon) -> tuple[int, int, int]:
        found: Counts = await count_tasks_of(database, principal.account_id, now)
        return found.in_flight, found.queued, found.today

    assert await counts() == (3, 3, 3)
    task = await load_task(database, ids[0])
    assert task
    assert await begin_task(database, task, noon)
    assert await counts() == (3, 2, 3)
    assert await finish_task(database, ids[0], None, Ending(state=State.CANCELED, completed_at=noon))
    failure = Failure(code="x", message="y")
    assert await finish_task(database, ids[1], None, Ending(state=State.FAILED, completed_at=noon, failure=failure))
    assert await counts() == (1, 1, 3)
    assert await counts(noon.replace(hour=23, minute=59)) == (1, 1, 3)
    assert await counts(noon.replace(day=21, hour=0)) == (1, 1, 0)
    await put_task(database, principal, created_at=noon.replace(day=21, hour=0))
    assert await counts(noon.replace(day=21, hour=0)) == (2, 2, 1)


async def test_every_wire_says_what_is_left_and_when_to_come_again(
    client: httpx2.AsyncClient, database: Database
) -> None:
    """With the draft's headers on each answer, the wire's own where it has some, and its own body."""
    for number, create in enumerate(CREATES):
        key = await give_key(database, await open_account(database, 1000 * PRICE, f"a{number}"))
        answers = [await create.send(client, key) for _ in range(4)]
        assert [answer.status_code for answer in answers][-1] == 429
        assert all(answer.is_success for answer in answers[:-1])
        assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
        refused = answers[-1]
        assert refused.headers["retry-after"] in ("19", "20")
        own = {
            "veo3gen": ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-retry-after"),
            "openai": (
                "x-ratelimit-limit-requests",
                "x-ratelimit-remaining-requests",
                "x-ratelimit-reset-requests",
            ),
        }.get(create.wire, ())
        assert all(len(answer.headers.get_list(name)) == 1 for answer in answers for name in own)
        assert words_of(create.wire, refused.json()), refused.text


def words_of(wire: str, body: Any) -> bool:
    """Return whether a body of 429 is as the wire's sheet has it."""
    error = body.get("error", {})
    match wire:
        case "veo3gen":
            details = error["details"]
            return (error["code"], details["limit"], details["remaining"]) == ("RATE_LIMIT_EXCEEDED", 3, 0)
        case "gemini" | "vertex":
            kinds = [detail["@type"].rpartition(".")[2] for detail in error["details"]]
            return (error["status"], "RetryInfo" in kinds) == ("RESOURCE_EXHAUSTED", True)
        case "acedata":
            return bool(error["code"] == "too_many_requests")
        case "vtrix":
            return bool(body["error_code"] == 42901)
        case _:
            return bool(error["code"] in ("rate_limited", "rate_limit_exceeded"))


async def test_too_many_tasks_are_429_too(gateway: Gateway, database: Database) -> None:
    """On every wire; the answer says of what there are too many."""
    plan = Plan(name="p", tasks_queued=1)
    async with open_client(gateway, Authenticator(database, Plans(default=plan))) as client:
        for number, create in enumerate(CREATES):
            key = await give_key(database, await open_account(database, 1000 * PRICE, f"a{number}"))
            assert (await create.send(client, key)).is_success
            refused = await create.send(client, key)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            assert "Too many tasks are waiting" in refused.text


async def test_scopes_and_models_are_held_by_every_wire(client: httpx2.AsyncClient, database: Database) -> None:
    """A key that may only read makes nothing; one for a model makes nothing of another."""
    principal = await open_account(database, 1000 * PRICE)
    await assign_plan(database, "a", "wide")
    reader = await give_key(database, principal, scopes=frozenset({Scope.READ}))
    picky = await give_key(database, principal, models=frozenset({"animatic"}))
    for create in CREATES:
        for key, says in ((reader, "may not create"), (picky, "may not use this model")):
            refused = await create.send(client, key)
            assert (refused.status_code, says in refused.text) == (403, True)
    assert await database.fetchval("SELECT count(*) FROM tasks") == 0


async def test_a_key_is_shown_its_own_models_alone(client: httpx2.AsyncClient, database: Database) -> None:
    """In lists, as the default, and one by one; any other is unknown to it."""
    principal = await open_account(database, PRICE)
    await assign_plan(database, "a", "wide")
    picky = await give_key(database, principal, models=frozenset({"veo-3.1", "sora-2"}))
    headers = {"Authorization": f"Bearer {picky}"}

    async def shown(path: str) -> Any:
        return (await client.get(path, headers=headers)).json()

    veo3gen = await shown("/api/veo/models")
    assert [model["id"] for model in veo3gen["models"]] == [veo3gen["defaultModel"]] == ["veo-3.1-generate-001"]
    assert [model["id"] for model in (await shown("/v1/models"))["data"]] == ["sora-2"]
    assert (await shown("/v1/models/sora-2"))["id"] == "sora-2"
    assert (await client.get("/v1/models/sora-2-pro", headers=headers)).status_code == 404
    gemini = await shown("/v1beta/models")
    assert [model["name"] for model in gemini["models"]] == ["models/veo-3.1-generate-preview"]
    assert (await shown("/v1beta/models/veo-3.1-generate-preview"))["name"] == "models/veo-3.1-generate-preview"
    for name in ("veo-3.1-fast-generate-preview", "no-such-model"):
        refused = await client.get(f"/v1beta/models/{name}", headers=headers)
        assert (refused.status_code, refused.json()["error"]["status"]) == (404, "NOT_FOUND")


async def test_guessing_keys_ends_in_429_and_good_keys_go_on(
    gateway: Gateway, database: Database, principal: Principal
) -> None:
    """From the same address, on whichever wire."""
    good = await give_key(database, principal)
    async with open_client(gateway, Authenticator(database)) as client:
        statuses = [
            (await CREATES[number % len(CREATES)].send(client, f"guess-{number}")).status_code
            for number in range(FAILED_KEYS_MAX + 8)
        ]
        assert set(statuses[:FAILED_KEYS_MAX]) <= {400, 401}
        assert set(statuses[FAILED_KEYS_MAX + 2 :]) == {429}
        assert (await CREATES[0].send(client, good)).is_success


async def test_a_rotated_key_overlaps_with_its_successor(database: Database) -> None:
    """Both work until the overlap ends; the terms are the same, and a lifetime begins anew."""
    now = dt.datetime.now(dt.UTC)
    first = await issue_key(database, "a", credits_granted=0, now=now, random=os.urandom)
    later = now + dt.timedelta(days=1)
    second = await rotate_key(database, str(first.id), overlap=dt.timedelta(hours=24), now=later, random=os.urandom)
    assert second
    old, new = await find_key(database, digest(first.key)), await find_key(database, digest(second.key))
    assert old
    assert new
    assert (old.expires_at, new.expires_at) == (later + dt.timedelta(hours=24), None)
    assert (old.account_id, old.scopes) == (new.account_id, new.scopes)
    assert (old.spender_id, new.spender_id) == (first.id, first.id)
    third = await rotate_key(database, second.key[:9], overlap=dt.timedelta(0), now=later, random=os.urandom)
    assert third
    assert await rotate_key(database, str(second.id), overlap=dt.timedelta(0), now=later, random=os.urandom) is None
    keys = Authenticator(database, clock=lambda: later)
    with pytest.raises(KeyInvalid):
        await keys.authenticate(second.key)
    assert (await keys.authenticate(first.key)).account == (await keys.authenticate(third.key)).account == "a"


async def test_processes_share_a_limit_and_note_when_keys_were_used(
    database: Database, dsn: str, principal: Principal
) -> None:
    """What one lets through, the other counts; the time of use is in the database when a process ends."""
    key = await give_key(database, principal)
    plans = Plans(default=Plan(name="p", requests_per_minute=60))
    limiters, upkeeps, authenticators = [], [], []
    heard = asyncio.Event()
    changes = Changes(dsn)
    for _ in range(2):
        authenticators.append(Authenticator(database, plans))
        limiters.append(Limiter())
        upkeeps.append(Upkeep(database, limiters[-1], authenticators[-1]))
        changes.on_use(upkeeps[-1].hear)
    changes.on_use(lambda _: heard.set())
    await changes.start()
    who = await authenticators[0].authenticate(key)
    for limiter in reversed(limiters):
        limiter.take(who)
    for _ in range(40):
        limiters[0].take(who)
    await upkeeps[0].announce()
    await asyncio.wait_for(heard.wait(), 10)
    left = [limiter.take(who) for limiter in limiters]
    assert [allowance.remaining for allowance in left if allowance] == [18, 17]
    upkeeps[0].start()
    await upkeeps[0].close()
    await changes.close()
    assert [stored.last_used_at is not None for stored in await list_keys(database)] == [True]


async def test_a_plan_that_is_assigned_is_heard(database: Database, dsn: str, principal: Principal) -> None:
    """By a process that remembers the key with its former plan."""
    key = await give_key(database, principal)
    authenticator, changes, heard = Authenticator(database, PLANS), Changes(dsn), asyncio.Event()
    changes.on_hearing(lambda hearing: authenticator.set_hearing(hearing=hearing))
    changes.on_key(authenticator.forget)
    changes.on_key(lambda _: heard.set())
    await changes.start()
    assert (await authenticator.authenticate(key)).plan.name == "small"
    assert await assign_plan(database, "a", "wide")
    await asyncio.wait_for(heard.wait(), 10)
    assert (await authenticator.authenticate(key)).plan.name == "wide"
    assert not await assign_plan(database, "nobody", "wide")
    await changes.close()


async def test_a_model_that_a_key_may_not_use_is_refused_before_anything_is_fetched(
    gateway: Gateway, principal: Principal
) -> None:
    """By the use case itself, whatever the wire."""
    with pytest.raises(KeyForbidden):
        await submit(gateway, replace(principal, models=frozenset({"veo-2"})), asking())
