"""Tasks in Postgres: accept, read, take over, report, finish.

Thin typed functions over `sql/queries/tasks.sql`; each is one statement in one transaction. Called by `service` and
`worker`.
"""

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from reelgate.core.ids import to_event_id
from reelgate.core.once import Once
from reelgate.core.plans import UNLIMITED, Counts, Plan
from reelgate.core.task import Artifact, ArtifactKind, Failure, Phase, Resolution, State, Task, TaskSpec, Understanding
from reelgate.store import rows
from reelgate.store.database import Database, Shared
from reelgate.store.statements import TASKS

#: Requests that come together are accepted together.
ACCEPT: Final = Shared(sql=TASKS["accept_task"], over_arrays=TASKS["accept_tasks"])

#: Every id lies between these two.
_FIRST_ID: Final = uuid.UUID(int=0)
_LAST_ID: Final = uuid.UUID(int=2**128 - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewTask:
    """What is written when a task is accepted."""

    id: uuid.UUID
    account_id: uuid.UUID
    dialect: str
    spec: TaskSpec
    engine: str
    price_microcredits: int
    #: What each delivered second costs, by resolution, where the model is priced so.
    rates: Mapping[Resolution, int] | None = None
    created_at: dt.datetime
    #: After this the sweep ends the task and returns the credits.
    deadline_at: dt.datetime
    #: The task whose spec this one took over.
    remix_of: uuid.UUID | None = None
    #: The request as JSON text, where its wire shows it again.
    wire_request: str | None = None
    #: What makes one task of a request that is sent again.
    once: Once | None = None
    #: The key that asked for it, whose cap counts.
    key_id: uuid.UUID | None = None
    #: Its engine is reached over HTTP.
    remote: bool = False
    #: Whose limits of tasks the account has.
    plan: Plan = UNLIMITED


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeOnce:
    """The task that a request with an idempotency key has made."""

    fingerprint: bytes
    #: As it was when it was accepted.
    task: Task
    #: What was available then, in microcredits.
    available_microcredits: int


class Refused(enum.StrEnum):
    """Why a task was not accepted."""

    CREDITS = "credits"
    ACCOUNT_MONTH = "account_month"
    KEY_TOTAL = "key_total"
    KEY_MONTH = "key_month"
    TASKS_IN_FLIGHT = "tasks_in_flight"
    TASKS_QUEUED = "tasks_queued"
    TASKS_PER_DAY = "tasks_per_day"
    #: Another task was made with its idempotency key.
    ONCE = "once"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A task that was not accepted; amounts in microcredits."""

    why: Refused
    available: int
    #: What may be spent, or how many tasks there may be, and what there is of it; for lack of credits there is neither.
    bound: int | None = None
    spent: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How a task ends."""

    state: State
    completed_at: dt.datetime
    #: What is charged, in microcredits; the rest of the reservation returns.
    due_microcredits: int = 0
    failure: Failure | None = None
    understanding: Understanding | None = None
    artifacts: tuple[Artifact, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A task that a worker has taken over."""

    version: int
    #: How often it has been taken over, this time included.
    attempts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """What is needed to serve an artifact."""

    task_id: uuid.UUID
    object_key: str
    media_type: str
    size_bytes: int
    sha256: str
    kind: ArtifactKind
    sample: int
    #: The prompt of its task, where that has something rehearsed.
    rehearsing_prompt: str | None = None


async def accept_task(database: Database, new: NewTask) -> int | Refusal:
    """Reserve the price, store the task and its wake-up; return what is then available, or why nothing has happened."""
    once = new.once
    arguments = (
        new.id,
        new.account_id,
        new.dialect,
        new.spec.model,
        rows.spec_to_json(new.spec, new.rates),
        new.engine,
        new.created_at,
        new.price_microcredits,
        new.deadline_at,
        new.remix_of,
        new.wire_request,
        once.key if once else None,
        once.fingerprint if once else None,
        new.key_id,
        new.remote,
        new.plan.tasks_in_flight,
        new.plan.tasks_queued,
        new.plan.tasks_per_day,
    )
    try:
        row = await database.fetchrow_together(ACCEPT, new.account_id, *arguments)
    except asyncpg.UniqueViolationError:
        if once is None:
            raise
        return Refusal(why=Refused.ONCE, available=0)
    if row is None:
        raise LookupError("a statement without a table answers with one row")
    if row["refused"] is None:
        available: int = row["available"]
        return available
    return Refusal(why=Refused(row["refused"]), available=row["available"] or 0, bound=row["bound"], spent=row["spent"])


async def count_tasks_of(database: Database, account_id: uuid.UUID, now: dt.datetime) -> Counts:
    """Return how many tasks an account that exists has."""
    row = await database.fetchrow(TASKS["count_tasks_of"], account_id, now)
    if row is None:
        raise LookupError(f"no account {account_id}")
    return Counts(in_flight=row["tasks_live"], queued=row["tasks_queued"], today=row["today"])


async def find_once(database: Database, account_id: uuid.UUID, dialect: str, key: str) -> MadeOnce | None:
    """Return what an account's idempotency key has made on a wire, or None."""
    row = await database.fetchrow(TASKS["find_once"], account_id, dialect, key)
    if row is None:
        return None
    return MadeOnce(
        fingerprint=row["fingerprint"],
        task=rows.accepted_task_from(row),
        available_microcredits=row["available_microcredits"],
    )


async def prune_once(database: Database, before: dt.datetime) -> None:
    """Forget idempotency keys from before a time."""
    await database.fetch(TASKS["prune_once"], before)


async def load_task(database: Database, task_id: uuid.UUID) -> Task | None:
    """Return a task with its artifacts, or None; whose it is, the caller checks."""
    row = await database.fetchrow(TASKS["load_task"], task_id)
    return None if row is None else rows.task_from(row)


async def list_tasks(
    database: Database,
    account_id: uuid.UUID,
    *,
    states: Sequence[State] | None,
    limit: int,
    offset: int,
) -> tuple[tuple[Task, ...], int]:
    """Return a page of an account's tasks, newest first, and how many there are in all."""
    wanted = None if states is None else [state.value for state in states]
    found = await database.fetch(TASKS["list_tasks"], account_id, wanted, limit, offset)
    total: int = await database.fetchval(TASKS["count_tasks"], account_id, wanted)
    return tuple(rows.task_from(row) for row in found), total


async def list_tasks_from(
    database: Database,
    account_id: uuid.UUID,
    *,
    start: uuid.UUID | None,
    oldest_first: bool,
    limit: int,
) -> tuple[Task, ...]:
    """Return at most `limit` of an account's tasks behind the id `start`, which need not be a task's."""
    statement = TASKS["list_tasks_after" if oldest_first else "list_tasks_before"]
    edge = _FIRST_ID if oldest_first else _LAST_ID
    found = await database.fetch(statement, account_id, edge if start is None else start, limit)
    return tuple(rows.task_from(row) for row in found)


async def list_tasks_between(
    database: Database,
    account_id: uuid.UUID,
    between: tuple[uuid.UUID, uuid.UUID],
    *,
    limit: int,
    offset: int,
) -> tuple[tuple[Task, ...], int]:
    """Return a page of an account's tasks with ids from one to another, newest first, and how many there are in all."""
    found = await database.fetch(TASKS["list_tasks_between"], account_id, *between, limit, offset)
    total: int = await database.fetchval(TASKS["count_tasks_between"], account_id, *between)
    return tuple(rows.task_from(row) for row in found), total


async def begin_task(database: Database, task: Task, now: dt.datetime) -> Taken | None:
    """Take a live task over; None when it has changed since it was loaded."""
    row = await database.fetchrow(TASKS["begin_task"], task.id, task.version, now)
    return None if row is None else Taken(version=row["version"], attempts=row["attempts"])


async def report_progress(database: Database, task_id: uuid.UUID, version: int, progress: int, phase: Phase) -> bool:
    """Note progress, 0 to 100; return False when the task has changed hands or ended."""
    return await database.fetchrow(TASKS["report_progress"], task_id, version, progress, phase.value) is not None


async def keep_final_prompt(database: Database, task_id: uuid.UUID, prompt: str) -> None:
    """Keep what a prompt service made of a live task's prompt; the first stays, and it may be repeated."""
    await database.fetchrow(TASKS["keep_final_prompt"], task_id, prompt)


async def finish_task(database: Database, task_id: uuid.UUID, version: int | None, ending: Ending) -> bool:
    """End a live task, settle its reservation and have it told to whoever hears of it.

    Returns False when it had ended or its version has moved on; a `version` of None ends it whatever its version. May
    be repeated: the second time returns False.
    """
    row = await database.fetchrow(
        TASKS["finish_task"],
        task_id,
        version,
        ending.state.value,
        ending.completed_at,
        ending.failure.code if ending.failure else None,
        ending.failure.message if ending.failure else None,
        rows.understanding_to_json(ending.understanding),
        ending.due_microcredits,
        rows.artifacts_to_json(ending.artifacts),
        to_event_id(task_id),
    )
    return row is not None


async def delete_task(
    database: Database,
    task_id: uuid.UUID,
    account_id: uuid.UUID,
    object_keys: Sequence[str],
    now: dt.datetime,
) -> bool:
    """Hide an ended task of an account, drop its artifacts and note its files as nobody's; False when there is none."""
    row = await database.fetchrow(TASKS["delete_task"], task_id, account_id, list(object_keys), now)
    return row is not None


async def wake_sleepers(database: Database, created_before: dt.datetime) -> int:
    """Enqueue every live task that has no wake-up; return how many."""
    count: int = await database.fetchval(TASKS["wake_sleepers"], created_before)
    return count


async def overdue_tasks(database: Database, now: dt.datetime) -> tuple[uuid.UUID, ...]:
    """Return at most 100 live tasks whose reservation has passed its deadline."""
    return tuple(row["task_id"] for row in await database.fetch(TASKS["overdue_tasks"], now))


async def prune_job_log(database: Database, before: dt.datetime) -> None:
    """Forget what the job queue logged before a time."""
    await database.fetch(TASKS["prune_job_log"], before)


async def find_artifact(database: Database, artifact_id: uuid.UUID) -> StoredFile | None:
    """Return where an artifact is stored, or None."""
    row = await database.fetchrow(TASKS["find_artifact"], artifact_id)
    if row is None:
        return None
    return StoredFile(
        task_id=row["task_id"],
        object_key=row["object_key"],
        media_type=row["media_type"],
        size_bytes=row["size_bytes"],
        sha256=row["sha256"],
        kind=ArtifactKind(row["kind"]),
        sample=row["sample"],
        rehearsing_prompt=row["rehearsing_prompt"],
    )
