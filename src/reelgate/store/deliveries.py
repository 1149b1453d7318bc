"""Webhook deliveries in Postgres: what is on its way to whom, and what became of each attempt.

Thin typed functions over `sql/queries/deliveries.sql`; `finish_task` writes deliveries in the statement that ends their
task. Called by the worker and `service.notify`.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import asyncpg

from reelgate.store.database import Database
from reelgate.store.statements import DELIVERIES


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """An event on its way to one URL."""

    id: uuid.UUID
    #: The same for every delivery of the event.
    event_id: str
    #: How the task ended, "ping" or "endpoint.disabled".
    event: str
    task_id: uuid.UUID | None
    account_id: uuid.UUID
    endpoint_id: uuid.UUID | None
    url: str
    #: The dialect in whose words it is told.
    wire: str
    #: pending, delivered, failed or dropped.
    state: str
    #: All attempts ever.
    attempts: int
    #: Attempts since it was made or replayed.
    tries: int
    next_attempt_at: dt.datetime
    created_at: dt.datetime
    completed_at: dt.datetime | None
    #: Its endpoint is disabled.
    disabled: bool = False
    #: The endpoint that a notice tells of, and what is told of it as JSON; None once that is enabled again.
    about_id: uuid.UUID | None = None
    about: str | None = None
    #: The account's name, where it is listed.
    account: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One time that a delivery was sent."""

    number: int
    started_at: dt.datetime
    duration_ms: int
    #: What was answered.
    status: int | None
    #: Why nothing was.
    problem: str | None
    #: The beginning of the answer.
    answer: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What an attempt led to."""

    attempt: Attempt
    #: What the delivery is now.
    state: str
    #: When it is tried again, where it still waits.
    next_attempt_at: dt.datetime | None
    completed_at: dt.datetime
    #: The receiver says that there is nothing any more.
    gone: bool
    #: An endpoint where nothing has arrived since then is disabled.
    patience_from: dt.datetime
    #: The id of the event that tells of it.
    notice_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Which deliveries are meant; None means any."""

    delivery_id: uuid.UUID | None = None
    endpoint_id: uuid.UUID | None = None
    account_id: uuid.UUID | None = None
    #: Events since then, and before then.
    since: dt.datetime | None = None
    before: dt.datetime | None = None
    states: tuple[str, ...] = ("failed", "dropped")


async def load_delivery(database: Database, delivery_id: uuid.UUID) -> Delivery | None:
    """Return a delivery, or None."""
    row = await database.fetchrow(DELIVERIES["load_delivery"], delivery_id)
    return None if row is None else _delivery(row)


async def record_attempt(database: Database, delivery: Delivery, outcome: Outcome) -> tuple[bool, str | None]:
    """Note an attempt; return whether it was noted, and why its endpoint is disabled from now on.

    Nothing is noted when somebody else has noted one since `delivery` was loaded.
    """
    attempt = outcome.attempt
    row = await database.fetchrow(
        DELIVERIES["record_attempt"],
        delivery.id,
        delivery.attempts,
        outcome.state,
        outcome.next_attempt_at,
        outcome.completed_at,
        attempt.started_at,
        attempt.duration_ms,
        attempt.status,
        attempt.problem,
        attempt.answer,
        outcome.patience_from,
        outcome.gone,
        outcome.notice_id,
    )
    return (False, None) if row is None else (True, row["disabled_reason"])


async def drop_delivery(database: Database, delivery_id: uuid.UUID, now: dt.datetime) -> None:
    """Give a delivery up without an attempt. May be repeated."""
    await database.fetch(DELIVERIES["drop_delivery"], delivery_id, now)


async def list_deliveries(
    database: Database,
    *,
    account_id: uuid.UUID | None = None,
    endpoint_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
    state: str | None = None,
    limit: int = 100,
) -> tuple[tuple[Delivery, tuple[Attempt, ...]], ...]:
    """Return the newest deliveries with their attempts."""
    rows = await database.fetch(DELIVERIES["list_deliveries"], account_id, endpoint_id, task_id, state, limit)
    attempts: dict[uuid.UUID, list[Attempt]] = {}
    for row in await database.fetch(DELIVERIES["list_attempts"], [row["id"] for row in rows]):
        fields = dict(row)
        attempts.setdefault(fields.pop("delivery_id"), []).append(Attempt(**fields))
    return tuple((_delivery(row), tuple(attempts.get(row["id"], ()))) for row in rows)


async def replay_deliveries(database: Database, meant: Range, now: dt.datetime) -> int:
    """Begin another round of deliveries that have come to an end, with the same event ids; return how many."""
    count: int = await database.fetchval(
        DELIVERIES["replay_deliveries"],
        meant.delivery_id,
        meant.endpoint_id,
        meant.account_id,
        meant.since,
        meant.before,
        list(meant.states),
        now,
    )
    return count


async def add_ping(
    database: Database, endpoint_id: uuid.UUID, delivery_id: uuid.UUID, event_id: str, now: dt.datetime
) -> None:
    """Send an endpoint an event that no task made."""
    await database.fetch(DELIVERIES["add_ping"], endpoint_id, delivery_id, event_id, now)


async def wake_deliveries(database: Database, due_before: dt.datetime) -> int:
    """Enqueue every waiting delivery that is overdue and has no wake-up; return how many."""
    count: int = await database.fetchval(DELIVERIES["wake_deliveries"], due_before)
    return count


async def prune_deliveries(database: Database, before: dt.datetime) -> None:
    """Forget deliveries that came to an end before a time, with their attempts."""
    await database.fetch(DELIVERIES["prune_deliveries"], before)


def _delivery(row: asyncpg.Record) -> Delivery:
    fields: dict[str, Any] = dict(row)
    return Delivery(**fields)
