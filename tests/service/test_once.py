"""Idempotency keys over the real database, through every wire: one task for each key, whatever happens (L8)."""

import asyncio
import datetime as dt
import importlib.resources
import pathlib
import tomllib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from fakes import PRICE, TroubledDatabase, files_in, lose, make_spec, open_account
from reelgate.core.catalogue import catalogue_from
from reelgate.core.errors import CreditsInsufficient, DatabaseUnavailable, OnceKeyReused
from reelgate.core.once import ONCE_KEPT, Once
from reelgate.kit.children import ChildPool
from reelgate.objects.disk import DiskStore
from reelgate.service.delete import delete
from reelgate.service.gateway import Gateway
from reelgate.service.submit import Submission, submit
from reelgate.store.accounts import Principal, load_balance
from reelgate.store.database import Database
from reelgate.store.statements import TASKS
from reelgate.web.auth import Authenticator
from reelgate.worker.sweep import sweep
from reelgate.worker.workshop import Workshop
from videos import picture
from wires import CREATES, form_creates, give_key, make_gateway, open_client

ONCE = Once(key="order-1", fingerprint=b"\x01" * 32)


@pytest.fixture
async def principal(database: Database) -> Principal:
    """Somebody rich."""
    return await open_account(database, 1000 * PRICE)


@pytest.fixture
async def key(database: Database, principal: Principal) -> str:
    """Their key."""
    return await give_key(database, principal)


@pytest.fixture
def gateway(database: Database, objects: DiskStore, real_children: ChildPool) -> Gateway:
    """A gateway over the real database."""
    return make_gateway(database, objects, real_children)


@pytest.fixture
async def client(gateway: Gateway, database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of every wire."""
    async with open_client(gateway, Authenticator(database)) as opened:
        yield opened


async def count(database: Database, table: str) -> Any:
    return await database.fetchval(f"SELECT count(*) FROM {table}")


def asking(prompt: str = "a boat") -> Submission:
    return Submission(dialect="veo4api", spec=make_spec(prompt=prompt, duration_s=8), field_names={})


async def test_a_request_that_is_sent_again_makes_one_task(
    client: httpx2.AsyncClient, key: str, database: Database
) -> None:
    """On every wire; its answer is the same, byte for byte, and says that it was given before."""
    for number, create in enumerate(CREATES, start=1):
        first = await create.send(client, key, Idempotency_Key="order-1")
        again = await create.send(client, key, Idempotency_Key="order-1")
        assert first.is_success, first.text
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
        assert await count(database, "tasks") == await count(database, "reservations") == number


async def test_another_request_with_the_same_key_is_refused(
    client: httpx2.AsyncClient, key: str, database: Database
) -> None:
    """In each wire's own words, whether it could be accepted or not; nothing is made or charged."""
    for create in CREATES:
        await create.send(client, key, Idempotency_Key="order-1")
        for prompt in ("a train at noon", ""):
            refused = await create.with_prompt(prompt).send(client, key, Idempotency_Key="order-1")
            assert refused.status_code == (422 if create.wire == "openai" else 409)
            assert "Idempotency-Key was used with another request" in refused.text
    assert await count(database, "tasks") == len(CREATES)


async def test_twins_in_flight_make_one_task(client: httpx2.AsyncClient, key: str, database: Database) -> None:
    """On every wire; each of them gets the same answer."""
    for number, create in enumerate(CREATES, start=1):
        answers = await asyncio.gather(*(create.send(client, key, Idempotency_Key="order-1") for _ in range(6)))
        assert {(answer.is_success, answer.content) for answer in answers} == {(True, answers[0].content)}
        assert await count(database, "tasks") == await count(database, "idempotency_keys") == number


async def test_without_a_key_each_request_makes_a_task(
    client: httpx2.AsyncClient, key: str, database: Database
) -> None:
    """As clients expect that repeat a create by themselves: nobody said that it is the same one."""
    for create in CREATES:
        for _ in range(2):
            assert "idempotency-replayed" not in (await create.send(client, key)).headers
    assert await count(database, "tasks") == 2 * len(CREATES)


async def test_a_form_may_choose_another_boundary(
    client: httpx2.AsyncClient, key: str, database: Database, tmp_path: pathlib.Path
) -> None:
    """Its parts are what counts; of the second one no picture is stored."""
    photo = picture()
    for create in form_creates(photo):
        first = await create.send(client, key, Idempotency_Key="order-1")
        again = await create.send(client, key, Idempotency_Key="order-1")
        assert first.is_success, first.text
        assert first.request.headers["content-type"] != again.request.headers["content-type"]
        assert (again.status_code, again.content) == (first.status_code, first.content)
        other = replace(create, files={name: (a, picture(form="PNG"), c) for name, (a, _, c) in create.files.items()})
        assert (await other.send(client, key, Idempotency_Key="order-1")).status_code in (409, 422)
    assert await count(database, "tasks") == 2
    assert len(files_in(tmp_path / "objects")) == 2


async def test_json_may_be_written_in_another_order(client: httpx2.AsyncClient, key: str) -> None:
    """And with other spaces."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": "order-1"}
    bodies = ('{"prompt": "a boat", "duration": 8}', '{"duration":8,"prompt":"a boat"}')
    answers = [await client.post("/api/video/veo4/generate", content=body, headers=headers) for body in bodies]
    assert answers[0].content == answers[1].content


async def test_veo4api_s_conflict_names_the_existing_task(client: httpx2.AsyncClient, key: str) -> None:
    """The page tells clients to fetch it."""
    made = (await CREATES[0].send(client, key, Idempotency_Key="order-1")).json()
    refused = await CREATES[0].with_prompt("a train").send(client, key, Idempotency_Key="order-1")
    assert refused.json()["task_id"] == made["task_id"]


async def test_a_key_that_cannot_be_one_is_refused(client: httpx2.AsyncClient, key: str, database: Database) -> None:
    """By its name."""
    for bad in ("", "x" * 256, "two words"):
        refused = await CREATES[0].send(client, key, Idempotency_Key=bad)
        assert (refused.status_code, "Idempotency-Key" in refused.text) == (400, True)
    assert await count(database, "tasks") == 0


async def test_keys_of_accounts_and_wires_do_not_meet(client: httpx2.AsyncClient, key: str, database: Database) -> None:
    """The same key from somebody else, or on another wire, is another key."""
    stranger = await give_key(database, await open_account(database, 1000 * PRICE, "b"))
    for sent in (key, stranger):
        for create in CREATES:
            answer = await create.send(client, sent, Idempotency_Key="order-1")
            assert answer.is_success
            assert "idempotency-replayed" not in answer.headers
    assert await count(database, "tasks") == 2 * len(CREATES)


async def test_a_request_that_was_refused_leaves_its_key_free(
    client: httpx2.AsyncClient, key: str, database: Database
) -> None:
    """The caller mends it and sends it again."""
    assert (await CREATES[0].with_prompt("").send(client, key, Idempotency_Key="order-1")).status_code == 400
    assert await count(database, "idempotency_keys") == 0
    assert (await CREATES[0].send(client, key, Idempotency_Key="order-1")).is_success


async def test_what_was_accepted_stays_accepted_without_credits(gateway: Gateway, database: Database) -> None:
    """The answer that got lost is given again although the credits are spent meanwhile."""
    poor = await open_account(database, PRICE, "poor")
    first = await submit(gateway, poor, asking(), ONCE)
    again = await submit(gateway, poor, asking(), ONCE)
    assert again == replace(first, replayed=True)
    with pytest.raises(CreditsInsufficient):
        await submit(gateway, poor, asking(), replace(ONCE, key="order-2"))
    assert await load_balance(database, poor.account_id) == (0, PRICE)


async def test_a_lost_answer_is_found_by_the_next_attempt(
    gateway: Gateway, principal: Principal, database: Database
) -> None:
    """Whether the statement was carried out before the connection broke or not."""
    for moment, made_before in (("after", 1), ("before", 0)):
        once = replace(ONCE, key=moment)
        troubled = TroubledDatabase(database)
        getattr(troubled, moment)[TASKS["accept_task"]] = [lose]
        before = await count(database, "tasks")
        with pytest.raises(DatabaseUnavailable):
            await submit(replace(gateway, database=troubled), principal, asking(), once)
        assert await count(database, "tasks") == before + made_before
        assert (await submit(gateway, principal, asking(), once)).replayed == bool(made_before)
        assert await count(database, "tasks") == before + 1


async def test_a_deleted_task_is_not_made_again(gateway: Gateway, principal: Principal) -> None:
    """Its key still answers as when it was accepted."""
    first = await submit(gateway, principal, asking(), ONCE)
    await delete(gateway, principal, first.task.id)
    assert await submit(gateway, principal, asking(), ONCE) == replace(first, replayed=True)


async def test_a_request_that_could_not_be_read_any_more_is_told_of_its_task(
    client: httpx2.AsyncClient, key: str, database: Database, gateway: Gateway
) -> None:
    """Its model is gone meanwhile: what came before is neither made again nor denied."""
    await CREATES[-1].send(client, key, Idempotency_Key="order-1")
    text = importlib.resources.files("reelgate").joinpath("catalogue.toml").read_text(encoding="utf-8")
    later = replace(gateway, catalogue=catalogue_from(tomllib.loads(text.replace('"sora-2"', '"sora-9"'))))
    async with open_client(later, Authenticator(database)) as opened:
        again = await CREATES[-1].send(opened, key, Idempotency_Key="order-1")
    assert (again.status_code, "was accepted before" in again.text) == (422, True)
    assert await count(database, "tasks") == 1


async def test_a_key_is_kept_for_a_day(
    gateway: Gateway, principal: Principal, workshop: Workshop, database: Database
) -> None:
    """And forgotten by the sweep then."""
    first = await submit(gateway, principal, asking(), ONCE)
    for age, forgotten in ((ONCE_KEPT - dt.timedelta(minutes=1), False), (ONCE_KEPT + dt.timedelta(minutes=1), True)):
        later = first.task.created_at + age
        await sweep(replace(workshop, clock=lambda later=later: later))
        assert (await count(database, "idempotency_keys") == 0) == forgotten
    assert not (await submit(gateway, principal, asking(), ONCE)).replayed
    with pytest.raises(OnceKeyReused):
        await submit(gateway, principal, asking(), replace(ONCE, fingerprint=b"\x02" * 32))
