"""Send a webhook delivery: prepare what is said, send it, record what came of it.

The step may be repeated at any point. A worker that dies between sending and recording has sent an event once more than
it knows; its receiver tells by the event's id, which never changes. Called by `worker.run` for each wake-up.
"""

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import random as random_share
from typing import Final
from urllib.parse import urlsplit

import structlog

from reelgate.core.ids import EVENT_PREFIX, RANDOM_BYTES, new_id
from reelgate.core.ports import Clock
from reelgate.core.task import Task
from reelgate.kit.fetch import FetchRules
from reelgate.store.database import Database
from reelgate.store.deliveries import Attempt, Delivery, Outcome, drop_delivery, load_delivery, record_attempt
from reelgate.store.tasks import load_task
from reelgate.store.vault import Vault
from reelgate.store.webhooks import Signer, ensure_secrets
from reelgate.webhooks.prepare import ENDPOINT_PATIENCE, Answer, judge
from reelgate.webhooks.receivers import Receivers
from reelgate.webhooks.send import send
from reelgate.webhooks.sign import SECRET_BYTES, sign_headers
from reelgate.worker.patience import patiently

#: The event that tells an account's other endpoints of one that hears no more.
DISABLED: Final = "endpoint.disabled"

#: Returns what a receiver is told of a task that has ended, as JSON.
Tell = Callable[[Task], Awaitable[bytes]]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class PostOffice:
    """What deliveries are sent with, put together once by `app`."""

    database: Database
    #: What opens the secrets that sign.
    vault: Vault
    #: By wire.
    tells: Mapping[str, Tell]
    #: Where events may be sent, and how long an answer may take.
    rules: FetchRules
    clock: Clock
    random: Callable[[int], bytes]
    receivers: Receivers = field(default_factory=Receivers)
    #: Returns a number from 0 to 1.
    chance: Callable[[], float] = random_share


async def deliver(office: PostOffice, delivery_id: uuid.UUID) -> dt.timedelta | None:
    """Send a delivery that is due; return after how long to come back, or None when there is nothing left to do.

    Raises:
        DatabaseUnavailable: try again later.

    """
    delivery = await load_delivery(office.database, delivery_id)
    if delivery is None or delivery.state != "pending":
        return None
    early = delivery.next_attempt_at - office.clock()
    # The first time it is due whatever the clock says: another machine's may have gone before.
    if delivery.tries and early > dt.timedelta(0):
        return early
    body = None if delivery.disabled else await _body(office, delivery)
    if body is None:
        await drop_delivery(office.database, delivery_id, office.clock())
        return None
    loop = asyncio.get_running_loop()
    account, receiver = delivery.account_id, (delivery.account_id, urlsplit(delivery.url).netloc)
    wait_s = office.receivers.enter(account, receiver, loop.time())
    if wait_s is not None:
        return dt.timedelta(seconds=wait_s)
    began_s, began_at = loop.time(), office.clock()
    try:
        answer = await send(delivery.url, body, await _headers(office, delivery, body), office.rules)
    finally:
        office.receivers.leave(account, receiver, loop.time() - began_s, loop.time())
    attempt = Attempt(
        number=delivery.attempts + 1,
        started_at=began_at,
        duration_ms=round((loop.time() - began_s) * 1000),
        status=answer.status,
        problem=answer.problem,
        answer=answer.text or None,
    )
    return await _record(office, delivery, attempt, answer)


async def _record(office: PostOffice, delivery: Delivery, attempt: Attempt, answer: Answer) -> dt.timedelta | None:
    now = office.clock()
    verdict = judge(answer, tries=delivery.tries + 1, now=now, chance=office.chance())
    outcome = Outcome(
        attempt=attempt,
        state=verdict.state,
        next_attempt_at=verdict.next_attempt_at,
        completed_at=now,
        gone=verdict.gone,
        patience_from=now - ENDPOINT_PATIENCE,
        notice_id=EVENT_PREFIX + new_id(now, office.random(RANDOM_BYTES)).hex,
    )
    noted, disabled = await patiently(lambda: record_attempt(office.database, delivery, outcome))
    facts = {"delivery": str(delivery.id), "event_id": delivery.event_id, "status": answer.status}
    _log.info("webhook.sent", **facts, state=verdict.state, problem=answer.problem)
    if disabled:
        # The account's other endpoints are told; `reelgate webhooks list` shows it until somebody enables the endpoint.
        _log.warning("webhook.endpoint_disabled", endpoint=str(delivery.endpoint_id), reason=disabled)
    if not noted or verdict.next_attempt_at is None:
        return None
    return verdict.next_attempt_at - now


async def _headers(office: PostOffice, delivery: Delivery, body: bytes) -> dict[str, str]:
    now = office.clock()
    signer = Signer(account_id=delivery.account_id, endpoint_id=delivery.endpoint_id)
    fresh = (new_id(now, office.random(RANDOM_BYTES)), office.random(SECRET_BYTES))
    secrets = await ensure_secrets(office.database, office.vault, signer, fresh, now)
    return sign_headers(delivery.event_id, body, now, [secret.secret for secret in secrets])


async def _body(office: PostOffice, delivery: Delivery) -> bytes | None:
    """Return what is said; None when there is nothing to say any more."""
    if delivery.event == DISABLED:
        return _notice(delivery)
    if delivery.task_id is None:
        said = {"type": "webhook.ping", "timestamp": delivery.created_at.isoformat(), "data": {}}
        return json.dumps(said).encode()
    tell = office.tells.get(delivery.wire)
    task = await load_task(office.database, delivery.task_id)
    return None if tell is None or task is None else await tell(task)


def _notice(delivery: Delivery) -> bytes | None:
    """Return what is said of an endpoint that was disabled. Pure."""
    if delivery.about is None:
        return None
    said = {"type": DISABLED, "timestamp": delivery.created_at.isoformat(), "data": json.loads(delivery.about)}
    return json.dumps(said).encode()
