"""Deliveries over a real database to real receivers: what is sent, signed, tried again, given up and remembered."""

import asyncio
import contextlib
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from fakes import VAULT, TroubledDatabase, lose, make_office, make_spec, open_account, put_task
from receivers import Received, Receiver, answering, hanging_up, silent
from reelgate.core.errors import DatabaseUnavailable
from reelgate.core.ids import to_event_id
from reelgate.core.task import Failure, State
from reelgate.kit.addresses import Allowed
from reelgate.service import notify
from reelgate.service.notify import EVENTS
from reelgate.store.accounts import Principal
from reelgate.store.database import Database
from reelgate.store.deliveries import Attempt, Delivery, Range, list_deliveries, replay_deliveries, wake_deliveries
from reelgate.store.statements import DELIVERIES, TASKS
from reelgate.store.tasks import Ending, finish_task
from reelgate.store.webhooks import Signer, ensure_secrets
from reelgate.webhooks import prepare
from reelgate.webhooks.receivers import RECEIVER_MAX
from reelgate.webhooks.send import send_rules
from reelgate.webhooks.sign import to_text
from reelgate.worker import patience
from reelgate.worker.deliver import PostOffice, deliver
from reelgate.worker.run import Worker
from reelgate.worker.workshop import Workshop


@pytest.fixture
async def principal(database: Database) -> Principal:
    """Somebody with credits."""
    return await open_account(database, 10**12)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """One that answers 204."""
    async with Receiver() as opened:
        yield opened


class Clock:
    """Tells the time that a test sets."""

    def __init__(self) -> None:
        """Begin now."""
        self.now = dt.datetime.now(dt.UTC)

    def __call__(self) -> dt.datetime:
        """Return it."""
        return self.now


async def end(database: Database, principal: Principal, state: State = State.CANCELED, **spec: Any) -> uuid.UUID:
    """Accept a task and end it."""
    task_id = await put_task(database, principal, make_spec(**spec))
    failure = Failure(code="engine_failed", message="It broke.") if state is State.FAILED else None
    ending = Ending(state=state, completed_at=dt.datetime.now(dt.UTC), failure=failure)
    assert await finish_task(database, task_id, None, ending)
    return task_id


async def deliveries(database: Database, task_id: uuid.UUID) -> list[tuple[Delivery, tuple[Attempt, ...]]]:
    return list(await list_deliveries(database, task_id=task_id))


async def only_delivery(database: Database, task_id: uuid.UUID) -> Delivery:
    ((delivery, _),) = await deliveries(database, task_id)
    return delivery


async def secret_of(database: Database, principal: Principal) -> str:
    """Return the secret of an account's single requests."""
    signer = Signer(account_id=principal.account_id)
    secrets = await ensure_secrets(database, VAULT, signer, (uuid.uuid4(), bytes(32)), dt.datetime.now(dt.UTC))
    return to_text(secrets[0].secret)


async def add_endpoint(database: Database, principal: Principal, url: str, **changes: Any) -> notify.NewEndpoint:
    wanted: dict[str, Any] = {"url": url, "wire": "openai", "events": ("succeeded", "failed", "canceled")}
    return await notify.add_endpoint(
        notify.Desk(database=database, vault=VAULT, rules=make_office(database).rules, wires=("openai", "veo4api")),
        principal.account_id,
        notify.Wanted(**(wanted | changes)),
    )


async def test_the_end_of_a_task_is_told_signed(database: Database, principal: Principal, receiver: Receiver) -> None:
    """Each end is told once to the address that the request named, in a way that the official library accepts."""
    for state in (State.CANCELED, State.FAILED):
        task_id = await end(database, principal, state, webhook_url=receiver.url)
        delivery = await only_delivery(database, task_id)
        assert await deliver(make_office(database), delivery.id) is None
        got = receiver.received[-1]
        assert got.id == to_event_id(task_id) == delivery.event_id
        assert got.headers["content-type"] == "application/json"
        assert got.verify(await secret_of(database, principal)) == {"task": str(task_id), "state": state}
        with pytest.raises(WebhookVerificationError):
            got.verify(to_text(bytes(32)))
        ((after, (attempt,)),) = await deliveries(database, task_id)
        assert (after.state, attempt.number, attempt.status, attempt.problem) == ("delivered", 1, 204, None)
        # A wake-up that comes late or twice sends nothing.
        assert await deliver(make_office(database), delivery.id) is None
    assert len(receiver.received) == 2


async def test_a_task_that_names_nobody_is_told_to_nobody(database: Database, principal: Principal) -> None:
    """And a task of another account reaches no endpoint of this one."""
    await add_endpoint(database, await open_account(database, 0, name="other"), "http://127.0.0.1:1/")
    assert await deliveries(database, await end(database, principal)) == []


async def test_all_addresses_hear_the_same_event(database: Database, principal: Principal, receiver: Receiver) -> None:
    """The address of the request, its copies and the endpoints that want to hear of such an end: one event id."""
    wanted = await add_endpoint(database, principal, receiver.url + "?all")
    await add_endpoint(database, principal, receiver.url + "?other", events=("succeeded",))
    disabled = await add_endpoint(database, principal, receiver.url + "?disabled")
    await notify.change_endpoint(desk(database), replace(disabled.endpoint, disabled_reason="operator"))
    task_id = await end(
        database, principal, webhook_url=receiver.url, webhook_copies=(receiver.url + "?copy", receiver.url)
    )
    found = [delivery for delivery, _ in await deliveries(database, task_id)]
    assert {delivery.url.partition("hook")[2] for delivery in found} == {"", "?copy", "?all"}
    assert len(found) == 3
    for delivery in found:
        await deliver(make_office(database), delivery.id)
    assert receiver.ids == [to_event_id(task_id)] * 3
    (standing,) = [one for one in receiver.received if one.path.endswith("?all")]
    standing.verify(wanted.secret)
    with pytest.raises(WebhookVerificationError):
        standing.verify(await secret_of(database, principal))


def desk(database: Database) -> notify.Desk:
    return notify.Desk(database=database, vault=VAULT, rules=make_office(database).rules, wires=("openai", "veo4api"))


@pytest.mark.parametrize(
    ("behaviour", "status", "problem"),
    [
        (answering(500, b"out of order"), 500, None),
        (answering(302, Location="http://127.0.0.1:1/"), 302, None),
        (answering(100), None, "proper HTTP"),
        (hanging_up, None, "proper HTTP"),
        (silent, None, "did not answer within"),
    ],
    ids=["500", "redirect", "odd", "hang-up", "silence"],
)
async def test_what_does_not_arrive_is_tried_again(
    database: Database, principal: Principal, receiver: Receiver, behaviour: Any, status: int | None, problem: str
) -> None:
    """By the schedule, with the same id, until it arrives; each attempt is remembered with its cause."""
    receiver.behave = behaviour
    clock = Clock()
    rules = replace(make_office(database).rules, total_s=0.3)
    office = make_office(database, clock=clock, rules=rules)
    task_id = await end(database, principal, webhook_url=receiver.url)
    delivery = await only_delivery(database, task_id)
    assert await deliver(office, delivery.id) == dt.timedelta(seconds=5)
    # Too early: the wake-up is put off.
    clock.now += dt.timedelta(seconds=2)
    assert await deliver(office, delivery.id) == dt.timedelta(seconds=3)
    clock.now += dt.timedelta(seconds=3)
    assert await deliver(office, delivery.id) == dt.timedelta(seconds=295)
    receiver.behave = answering(200)
    clock.now += dt.timedelta(seconds=295)
    assert await deliver(office, delivery.id) is None
    ((after, attempts),) = await deliveries(database, task_id)
    assert after.state == "delivered"
    assert [attempt.number for attempt in attempts] == [1, 2, 3]
    assert attempts[0].status == status
    assert (problem or "") in (attempts[0].problem or "")
    assert set(receiver.ids) == {to_event_id(task_id)}


async def test_the_end_of_patience(database: Database, principal: Principal, receiver: Receiver) -> None:
    """Ten attempts over a day; then it has failed, and a replay begins another round with the same id."""
    receiver.behave = answering(503)
    clock = Clock()
    office = make_office(database, clock=clock)
    task_id = await end(database, principal, webhook_url=receiver.url)
    delivery = await only_delivery(database, task_id)
    began = clock.now
    while wait := await deliver(office, delivery.id):
        clock.now += wait
    assert len(receiver.received) == 10
    assert clock.now - began == dt.timedelta(days=1)
    assert (await only_delivery(database, task_id)).state == "failed"
    receiver.behave = answering(204)
    assert await replay_deliveries(database, Range(delivery_id=delivery.id), clock.now) == 1
    assert await deliver(office, delivery.id) is None
    ((after, attempts),) = await deliveries(database, task_id)
    assert (after.state, attempts[-1].number) == ("delivered", 11)
    assert set(receiver.ids) == {to_event_id(task_id)}
    # What is under way or has arrived is not sent again by chance.
    assert await replay_deliveries(database, Range(delivery_id=delivery.id), clock.now) == 0


async def test_a_receiver_may_ask_for_patience(database: Database, principal: Principal, receiver: Receiver) -> None:
    """Retry-After moves the next attempt back."""
    receiver.behave = answering(429, Retry_After="90")
    task_id = await end(database, principal, webhook_url=receiver.url)
    delivery = await only_delivery(database, task_id)
    assert await deliver(make_office(database, clock=Clock()), delivery.id) == dt.timedelta(seconds=90)


async def test_a_huge_answer_counts_by_its_status(database: Database, principal: Principal, receiver: Receiver) -> None:
    """Its beginning is kept, and the rest not even read."""
    receiver.behave = answering(200, b"y\x00" * 20_000_000)
    task_id = await end(database, principal, webhook_url=receiver.url)
    await deliver(make_office(database), (await only_delivery(database, task_id)).id)
    ((after, (attempt,)),) = await deliveries(database, task_id)
    assert (after.state, len(attempt.answer or "")) == ("delivered", 500)


async def test_gone_disables_an_endpoint(database: Database, principal: Principal, receiver: Receiver) -> None:
    """410 ends the delivery at once, and what waits for the endpoint is dropped until it is enabled and replayed."""
    receiver.behave = answering(410)
    made = await add_endpoint(database, principal, receiver.url)
    first, second = await end(database, principal), await end(database, principal)
    office = make_office(database)
    for task_id in (first, second):
        assert await deliver(office, (await only_delivery(database, task_id)).id) is None
    assert [(await only_delivery(database, task_id)).state for task_id in (first, second)] == ["failed", "dropped"]
    assert len(receiver.received) == 1
    (endpoint,) = await notify.list_endpoints(desk(database), principal.account_id)
    assert (endpoint.id, endpoint.disabled_reason) == (made.endpoint.id, "gone")
    await notify.change_endpoint(desk(database), replace(endpoint, disabled_reason=None))
    receiver.behave = answering(200)
    assert await replay_deliveries(database, Range(endpoint_id=endpoint.id), dt.datetime.now(dt.UTC)) == 2
    for task_id in (first, second):
        await deliver(office, (await only_delivery(database, task_id)).id)
        assert (await only_delivery(database, task_id)).state == "delivered"


async def test_other_endpoints_hear_of_a_disabled_one(
    database: Database, principal: Principal, receiver: Receiver
) -> None:
    """Signed, with one event id, once; those that want no such news, strangers and disabled ones hear nothing."""
    gone = await add_endpoint(database, principal, receiver.url + "?gone", name="old")
    others = [await add_endpoint(database, principal, f"{receiver.url}?{n}", events=EVENTS) for n in range(2)]
    await add_endpoint(database, principal, receiver.url + "?deaf")
    silenced = await add_endpoint(database, principal, receiver.url + "?silenced", events=EVENTS)
    await notify.disable_endpoint(desk(database), silenced.endpoint)
    await add_endpoint(database, await open_account(database, 0, name="b"), receiver.url + "?stranger", events=EVENTS)
    receiver.behave = answering(410)
    office = make_office(database)
    tasks = [await end(database, principal) for _ in range(2)]
    for task_id in tasks:
        for delivery, _ in await deliveries(database, task_id):
            if delivery.endpoint_id == gone.endpoint.id:
                await deliver(office, delivery.id)
    told = [each for each, _ in await list_deliveries(database) if each.event == "endpoint.disabled"]
    assert {each.endpoint_id for each in told} == {each.endpoint.id for each in others}
    assert len(told) == 2
    assert len({each.event_id for each in told}) == 1
    jobs = "SELECT count(*) FROM pgqueuer WHERE dedupe_key = ANY ($1)"
    assert await database.fetchval(jobs, [f"deliver:{each.id}" for each in told]) == 2
    receiver.behave = answering(204)
    await deliver(office, told[0].id)
    secret = next(each.secret for each in others if each.endpoint.id == told[0].endpoint_id)
    said = receiver.received[-1].verify(secret)
    assert said["type"] == "endpoint.disabled"
    about = said["data"]
    assert (about["endpoint"], about["name"], about["reason"]) == (str(gone.endpoint.id), "old", "gone")
    # Enabled before the other one has heard of it, there is nothing to tell any more.
    await notify.enable_endpoint(desk(database), gone.endpoint)
    await deliver(office, told[1].id)
    states = {each.id: each.state for each, _ in await list_deliveries(database)}
    assert [states[each.id] for each in told] == ["delivered", "dropped"]


async def test_a_notice_that_does_not_arrive_counts_against_nobody(
    database: Database, principal: Principal, receiver: Receiver
) -> None:
    """Only a receiver that is gone is disabled by it, and the next one hears of that."""
    made = [await add_endpoint(database, principal, f"{receiver.url}?{n}", events=EVENTS) for n in range(3)]
    office = make_office(database)
    for number, (behaviour, failing, reasons) in enumerate(
        ((answering(410), 0, ["gone", None, None]), (answering(500), 0, ["gone", None, None]),
         (answering(410), 0, ["gone", "gone", None]))
    ):  # fmt: skip
        if number == 0:
            task_id = await end(database, principal)
            waiting = [d.id for d, _ in await deliveries(database, task_id) if d.endpoint_id == made[0].endpoint.id]
        else:
            await database.fetch("UPDATE webhook_deliveries SET next_attempt_at = created_at")
            waiting = [d.id for d, _ in await list_deliveries(database, endpoint_id=made[1].endpoint.id) if d.about_id]
        receiver.behave = behaviour
        await deliver(office, waiting[0])
        found = await notify.list_endpoints(desk(database), principal.account_id)
        assert sum(each.failing_since is not None and not each.disabled_at for each in found) == failing
        assert [each.disabled_reason for each in found] == reasons
    notices = [d.endpoint_id for d, _ in await list_deliveries(database) if d.about_id == made[1].endpoint.id]
    assert notices == [made[2].endpoint.id]


async def test_long_failure_disables_an_endpoint(database: Database, principal: Principal, receiver: Receiver) -> None:
    """After three days without one success, not before; one success begins the count anew."""
    clock = Clock()
    office = make_office(database, clock=clock)
    made = await add_endpoint(database, principal, receiver.url)

    async def reason_after(days: float, behaviour: Any) -> str | None:
        clock.now += dt.timedelta(days=days)
        receiver.behave = behaviour
        await deliver(office, (await only_delivery(database, await end(database, principal))).id)
        (endpoint,) = await notify.list_endpoints(desk(database), principal.account_id)
        return endpoint.disabled_reason

    assert await reason_after(0, answering(500)) is None
    assert await reason_after(2.9, answering(200)) is None
    assert await reason_after(1, answering(500)) is None
    assert await reason_after(2.9, hanging_up) is None
    assert await reason_after(0.2, answering(500)) == "failing"
    assert made.endpoint.disabled_reason is None


async def test_both_secrets_sign_while_one_is_replaced(
    database: Database, principal: Principal, receiver: Receiver
) -> None:
    """For a day a receiver verifies with either; then the old one is no good, and a third never was."""
    made = await add_endpoint(database, principal, receiver.url)
    fresh = await notify.rotate_secret(
        desk(database), Signer(account_id=principal.account_id, endpoint_id=made.endpoint.id)
    )
    assert fresh != made.secret
    office = make_office(database)
    await deliver(office, (await only_delivery(database, await end(database, principal))).id)
    for secret in (made.secret, fresh):
        receiver.received[-1].verify(secret)
    third = await notify.rotate_secret(
        desk(database), Signer(account_id=principal.account_id, endpoint_id=made.endpoint.id)
    )
    await deliver(office, (await only_delivery(database, await end(database, principal))).id)
    for secret in (fresh, third):
        receiver.received[-1].verify(secret)
    with pytest.raises(WebhookVerificationError):
        receiver.received[-1].verify(made.secret)
    at_once = await notify.rotate_secret(
        desk(database), Signer(account_id=principal.account_id, endpoint_id=made.endpoint.id), at_once=True
    )
    await deliver(office, (await only_delivery(database, await end(database, principal))).id)
    receiver.received[-1].verify(at_once)
    with pytest.raises(WebhookVerificationError):
        receiver.received[-1].verify(third)


async def test_private_addresses_are_not_called(database: Database, principal: Principal, receiver: Receiver) -> None:
    """Nothing is sent, and it is not tried again: the rules will not change by themselves."""
    rules = send_rules(replace(make_office(database).rules, allowed=Allowed()))
    task_id = await end(database, principal, webhook_url=receiver.url)
    assert await deliver(make_office(database, rules=rules), (await only_delivery(database, task_id)).id) is None
    ((after, (attempt,)),) = await deliveries(database, task_id)
    assert (after.state, attempt.status) == ("failed", None)
    assert "not on the public internet" in (attempt.problem or "")
    assert receiver.received == []


async def test_a_deleted_task_is_not_spoken_of(database: Database, principal: Principal, receiver: Receiver) -> None:
    """Its owner wants to hear no more of it."""
    task_id = await end(database, principal, webhook_url=receiver.url)
    await database.fetch(TASKS["delete_task"], task_id, principal.account_id, [], dt.datetime.now(dt.UTC))
    await deliver(make_office(database), (await only_delivery(database, task_id)).id)
    assert (await only_delivery(database, task_id)).state == "dropped"
    assert receiver.received == []


async def test_an_answer_that_is_not_recorded_is_asked_for_again(
    database: Database, principal: Principal, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between sending and recording the database goes away: it is sent again, with the same id."""
    monkeypatch.setattr(patience, "TRY_FOR_S", 0)
    task_id = await end(database, principal, webhook_url=receiver.url)
    delivery = await only_delivery(database, task_id)
    troubled = TroubledDatabase(database)
    troubled.before[DELIVERIES["record_attempt"]] = [lose]
    with pytest.raises(DatabaseUnavailable):
        await deliver(make_office(troubled), delivery.id)
    assert await deliver(make_office(database), delivery.id) is None
    assert receiver.ids == [to_event_id(task_id)] * 2
    ((after, attempts),) = await deliveries(database, task_id)
    assert (after.state, len(attempts)) == ("delivered", 1)


async def test_of_two_that_send_the_same_one_records(
    database: Database, principal: Principal, receiver: Receiver
) -> None:
    """A worker that was thought dead comes back: what it knows changes nothing."""
    both = asyncio.Barrier(2)

    async def answer(received: Received, writer: asyncio.StreamWriter) -> None:
        # Neither is told before the other has sent.
        await both.wait()
        await answering(500)(received, writer)

    receiver.behave = answer
    delivery = await only_delivery(database, await end(database, principal, webhook_url=receiver.url))
    assert delivery.task_id
    await asyncio.gather(*(deliver(make_office(database), delivery.id) for _ in range(2)))
    ((after, attempts),) = await deliveries(database, delivery.task_id)
    assert len(receiver.received) == 2
    assert (after.attempts, after.tries, len(attempts)) == (1, 1, 1)


async def test_a_ping_is_sent(database: Database, principal: Principal, receiver: Receiver) -> None:
    """To see that an endpoint hears at all."""
    made = await add_endpoint(database, principal, receiver.url)
    await notify.ping(desk(database), made.endpoint.id)
    ((delivery, _),) = await list_deliveries(database, endpoint_id=made.endpoint.id)
    await deliver(make_office(database), delivery.id)
    assert receiver.received[0].verify(made.secret)["type"] == "webhook.ping"


async def test_a_delivery_without_a_wake_up_gets_one(database: Database, principal: Principal) -> None:
    """The sweep finds it, once."""
    await end(database, principal, webhook_url="http://127.0.0.1:1/")
    await database.fetch("DELETE FROM pgqueuer WHERE entrypoint = 'deliver'")
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    assert [await wake_deliveries(database, later) for _ in range(2)] == [1, 0]


@contextlib.asynccontextmanager
async def working(workshop: Workshop, office: PostOffice) -> AsyncIterator[None]:
    worker = Worker(workshop=workshop, office=office, renders_max=1)
    task = asyncio.create_task(worker.run())
    try:
        yield
        worker.stop()
        await asyncio.wait_for(task, 10)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_slow_receiver_delays_no_other(workshop: Workshop, principal: Principal) -> None:
    """It is sent few events at a time, however many wait for it, while others get theirs at once."""
    database = workshop.database
    async with Receiver(behave=silent) as slow, Receiver() as quick:
        for _ in range(80):
            await end(database, principal, webhook_url=slow.url)
        rules = replace(make_office(database).rules, total_s=8)
        async with working(workshop, make_office(database, rules=rules)):
            await slow.wait_for(RECEIVER_MAX)
            told = [await end(database, principal, webhook_url=quick.url) for _ in range(10)]
            await quick.wait_for(10, patience_s=4)
            assert sorted(quick.ids) == sorted(map(to_event_id, told))
            assert slow.open_most == RECEIVER_MAX
            # Whoever is still waiting for it need not any more.
            await slow.__aexit__()


async def test_a_worker_sends_and_tries_again(
    workshop: Workshop, principal: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the real queue: at once, and again after the first wait."""
    monkeypatch.setattr(prepare, "TRY_AFTER_S", (0, 0.3))
    answers = [answering(500), answering(204)]

    async def behave(request: Any, writer: asyncio.StreamWriter) -> None:
        await answers.pop(0)(request, writer)

    async with Receiver(behave=behave) as receiver, working(workshop, make_office(workshop.database)):
        task_id = await end(workshop.database, principal, State.FAILED, webhook_url=receiver.url)
        await receiver.wait_for(2)
        assert receiver.ids == [to_event_id(task_id)] * 2
        assert json.loads(receiver.received[1].body)["state"] == "failed"
