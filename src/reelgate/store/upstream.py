"""Jobs at upstreams, their credentials, lines and timings in Postgres.

Thin typed functions over `queries/upstream.sql`; each is one statement in one transaction. Called by `worker.remote`
and its neighbours.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import msgspec

from reelgate.core.task import Task
from reelgate.core.upstream import Credential
from reelgate.store.database import Database, Shared
from reelgate.store.rows import task_from
from reelgate.store.statements import UPSTREAM
from reelgate.store.tasks import Taken


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenJob:
    """A submit whose end nobody has heard of."""

    id: int
    engine: str
    credential: str
    reference: str
    #: The upstream's own; None while it is not known whether it has accepted.
    handle: str | None
    intended_at: dt.datetime
    submitted_at: dt.datetime | None
    running_at: dt.datetime | None
    polls: int
    #: Polls in a row that told nothing.
    troubles: int


_NOTE_RUNNING: Final = Shared(sql=UPSTREAM["note_running"], over_arrays=UPSTREAM["note_all_running"])
_JOB_FIELDS: Final = tuple(field.name for field in fields(OpenJob))


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A submit that is noted and may be made now."""

    job_id: int
    taken: Taken


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialState:
    """What all workers know of a credential."""

    engine: str
    name: str
    troubles: int
    resume_at: dt.datetime | None
    trouble: str | None
    trouble_at: dt.datetime | None
    ok_at: dt.datetime | None
    day: dt.date
    day_submits: int


async def intend_submit(
    database: Database, task: Task, credential: tuple[str, str], reference: str, now: dt.datetime
) -> Intent | None:
    """Note that a task is about to be submitted to (engine, credential); None when it has changed or has a job."""
    row = await database.fetchrow(UPSTREAM["intend_submit"], task.id, task.version, *credential, reference, now)
    if row is None:
        return None
    return Intent(job_id=row["job_id"], taken=Taken(version=row["version"], attempts=row["attempts"]))


async def note_submitted(database: Database, intent: Intent, handle: str, now: dt.datetime) -> bool:
    """Keep the upstream's handle; return whether the task still waits for it. May be repeated."""
    count: int = await database.fetchval(UPSTREAM["note_submitted"], intent.job_id, handle, now, intent.taken.version)
    return count > 0


async def open_job(database: Database, task_id: uuid.UUID) -> OpenJob | None:
    """Return the job of a task that nobody has heard the end of."""
    row = await database.fetchrow(UPSTREAM["open_job"], task_id)
    return None if row is None else OpenJob(**row)


async def load_task_and_job(database: Database, task_id: uuid.UUID) -> tuple[Task | None, OpenJob | None]:
    """Return a task and its job that nobody has heard the end of, where there are any, as they are at one time."""
    row = await database.fetchrow(UPSTREAM["task_and_job"], task_id)
    if row is None:
        raise LookupError("a statement that asks for one task answers with one row")
    job = None if row["job_id"] is None else OpenJob(**{name: row[f"job_{name}"] for name in _JOB_FIELDS})
    return (None if row["id"] is None else task_from(row)), job


async def note_running(
    database: Database, task_id: uuid.UUID, job_id: int, now: dt.datetime, progress: int | None
) -> None:
    """Note that a task's job was seen alive."""
    await database.fetchrow_together(_NOTE_RUNNING, task_id, task_id, job_id, now, progress)


async def note_trouble(database: Database, job_id: int) -> int:
    """Note a poll that told nothing; return how many there were in a row."""
    count: int = await database.fetchval(UPSTREAM["note_trouble"], job_id)
    return count


async def begin_storing(database: Database, task: Task, filtered: int, reasons: Sequence[str]) -> Taken | None:
    """Take a task over to store its videos; None when it has changed since it was loaded."""
    reasons_json = msgspec.json.encode(list(reasons)).decode()
    row = await database.fetchrow(UPSTREAM["begin_storing"], task.id, task.version, filtered, reasons_json)
    return None if row is None else Taken(version=row["version"], attempts=row["attempts"])


async def end_job(database: Database, job_id: int, now: dt.datetime, outcome: str) -> None:
    """Close a job. May be repeated; the first outcome stays."""
    await database.fetch(UPSTREAM["end_job"], job_id, now, outcome)


async def finish_job(database: Database, job_id: int, now: dt.datetime, timing: tuple[str, str, float]) -> None:
    """Close a job that was done; keep how long it took, as (engine, model, seconds)."""
    await database.fetch(UPSTREAM["finish_job"], *timing, now, job_id)


async def load_timings(database: Database, engine: str, model: str) -> tuple[float, ...]:
    """Return how long the last jobs of a model took at an engine, oldest first."""
    found = await database.fetchval(UPSTREAM["timings"], engine, model)
    return tuple(found or ())


async def join_line(database: Database, engine: str, task: Task, now: dt.datetime) -> int:
    """Have a task stand in an engine's line; return how many go first."""
    count: int = await database.fetchval(UPSTREAM["join_line"], engine, task.id, task.account_id, now)
    return count


async def line_exists(database: Database, engine: str, task_id: uuid.UUID) -> bool:
    """Return whether other tasks stand in an engine's line."""
    found: bool = await database.fetchval(UPSTREAM["line_exists"], engine, task_id)
    return found


async def leave_line(database: Database, task_id: uuid.UUID) -> None:
    """Have a task stand in no line any more."""
    await database.fetch(UPSTREAM["leave_line"], task_id)


async def take_submit(
    database: Database, engine: str, credential: Credential, now: dt.datetime, probe_every: dt.timedelta
) -> bool:
    """Take one submit from what a credential may make; False when there is none to be had now."""
    found = await database.fetchval(
        UPSTREAM["take_submit"],
        engine,
        credential.place.name,
        now,
        credential.submits_per_minute,
        credential.submits_per_day,
        probe_every,
    )
    return found is not None


async def credential_works(database: Database, engine: str, name: str, now: dt.datetime) -> None:
    """Note that a credential was answered as it should be."""
    await database.fetch(UPSTREAM["credential_works"], engine, name, now)


async def credential_troubles(
    database: Database, engine: str, name: str, now: dt.datetime, reason: str, rest_s: float | None
) -> None:
    """Note that a credential was refused or not answered; it rests for a time that grows unless `rest_s` says it."""
    rest = None if rest_s is None else dt.timedelta(seconds=rest_s)
    await database.fetch(UPSTREAM["credential_troubles"], engine, name, now, reason, rest)


async def credential_states(database: Database) -> tuple[CredentialState, ...]:
    """Return all that is known of credentials."""
    return tuple(CredentialState(**row) for row in await database.fetch(UPSTREAM["credential_states"]))


async def wake_task(database: Database, task_id: uuid.UUID) -> None:
    """Have a waiting wake-up of a task come now."""
    await database.fetch(UPSTREAM["wake_task"], task_id)


async def make_local(database: Database, task: Task, engine: str) -> bool:
    """Hand a task over to an engine of this machine; False when it has changed since it was loaded."""
    return await database.fetchval(UPSTREAM["make_local"], task.id, task.version, engine) is not None
