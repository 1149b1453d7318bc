"""`reelgate tasks`: look at tasks, whoever's they are: for operators."""

import base64
import binascii
import contextlib
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.core.errors import TaskFinished, TaskUnknown
from reelgate.core.ids import from_base32, from_millis_base36
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT
from reelgate.core.tails import from_tail
from reelgate.core.task import State, Task
from reelgate.kit.clock import now
from reelgate.settings import Settings
from reelgate.store.accounts import list_accounts
from reelgate.store.credits import load_charge
from reelgate.store.database import Database
from reelgate.store.tails import find_task_id
from reelgate.store.tasks import Ending, finish_task, list_tasks, load_task

app = typer.Typer(no_args_is_help=True, help="Tasks.")


@app.command("list")
def list_(
    data: Data = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of each account, newest first.")] = 20,
    json: Json = False,
) -> None:
    """List the newest tasks of every account."""
    facts = run(_list(settings_for(data), limit))
    rows = [["id", "account", "state", "%", "engine", "prompt"]]
    for t in facts["tasks"]:
        prompt = " ".join(t["prompt"].split())[:50]
        rows.append([t["id"], t["account"], t["state"], str(t["progress"] or ""), t["engine"] or "", prompt])
    show(facts, as_json=json, text=lambda: table(rows))


@app.command("show")
def show_(
    task: Annotated[str, typer.Argument(help="The id, in any wire's form.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Show all that is known of a task."""
    facts = run(_show(settings_for(data), task))
    rows = [["", ""], *([name, str(value)] for name, value in facts.items() if value not in (None, [], ""))]
    show(facts, as_json=json, text=lambda: table(rows).lstrip())


@app.command("cancel")
def cancel_(
    task: Annotated[str, typer.Argument(help="The id, in any wire's form.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Cancel a task that has not ended; its credits return to its account."""
    facts = run(_cancel(settings_for(data), task))
    show(facts, as_json=json, text=lambda: f"{facts['id']} is {facts['state']}")


def _from_base32_hex(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(bytes=base64.b32hexdecode(text.upper() + "======"))
    except binascii.Error as error:
        raise ValueError(str(error)) from error


#: What wires write before an id.
_PREFIXES: Final = ("veo4_task_", "gen_", "video_", "veo_")
#: How wires write the id itself. Some texts can be read in two ways: only one of the two ids is a task's.
_FORMS: Final[tuple[Callable[[str], uuid.UUID], ...]] = (uuid.UUID, from_base32, _from_base32_hex, from_millis_base36)


def bare_id(text: str) -> str:
    """Return the last part of a name, as Google's wires write ids, without what other wires write before it. Pure."""
    last = text.rpartition("/")[2]
    return next((last.removeprefix(prefix) for prefix in _PREFIXES if last.startswith(prefix)), last)


def read_task_ids(text: str) -> list[uuid.UUID]:
    """Return every id that `text` can mean, in whatever form a wire shows it; none for a short name. Pure."""
    found = []
    for read in _FORMS:
        try:
            found.append(read(bare_id(text)))
        except ValueError:
            continue
    return found


async def find_any_task(database: Database, text: str) -> Task:
    """Return the task that `text` names in any wire's form, whoever's it is.

    Raises:
        TaskUnknown: there is none, or its owner has deleted it.

    """
    if task := await load_task(database, await find_any_task_id(database, text)):
        return task
    raise TaskUnknown(f"The task {text[:100]!r} was deleted by its owner.")


async def find_any_task_id(database: Database, text: str) -> uuid.UUID:
    """Return the id of the task that `text` names in any wire's form, whoever's it is and deleted or not.

    Raises:
        TaskUnknown: there is none.

    """
    for task_id in read_task_ids(text):
        if await load_charge(database, task_id) is not None:
            return task_id
    with contextlib.suppress(ValueError):
        if short := await find_task_id(database, from_tail(bare_id(text))):
            return short
    raise TaskUnknown(f"{text[:100]!r} is not the id of a task.")


def facts_of(task: Task) -> dict[str, Any]:
    """Return what is known of a task, for printing. Pure."""
    understanding = task.understanding
    return {
        "id": str(task.id),
        "state": task.state.value,
        "progress": task.progress,
        "dialect": task.dialect,
        "model": task.spec.model,
        "engine": task.engine,
        "mode": task.spec.mode.value,
        "prompt": task.spec.prompt,
        "final_prompt": task.final_prompt,
        "seed": task.spec.seed,
        "credits": task.price_microcredits / MICROCREDITS_PER_CREDIT,
        "created_at": task.created_at.isoformat(timespec="milliseconds"),
        "completed_at": task.completed_at.isoformat(timespec="milliseconds") if task.completed_at else None,
        "failure": f"{task.failure.code}: {task.failure.message}" if task.failure else None,
        "understood": list(understanding.understood) if understanding else [],
        "ignored": list(understanding.ignored) if understanding else [],
        "approximated": list(understanding.approximated) if understanding else [],
        "files": [artifact.object_key for artifact in task.artifacts],
    }


async def _list(settings: Settings, limit: int) -> dict[str, Any]:
    found = []
    async with open_database(settings) as database:
        for account in await list_accounts(database):
            tasks, _ = await list_tasks(database, account.id, states=None, limit=limit, offset=0)
            found += [{"account": account.name, **facts_of(task)} for task in tasks]
    return {"tasks": found}


async def _show(settings: Settings, text: str) -> dict[str, Any]:
    async with open_database(settings) as database:
        return facts_of(await find_any_task(database, text))


async def _cancel(settings: Settings, text: str) -> dict[str, Any]:
    async with open_database(settings) as database:
        task = await find_any_task(database, text)
        await finish_task(database, task.id, None, Ending(state=State.CANCELED, completed_at=now()))
        task = await load_task(database, task.id) or task
    if task.state is not State.CANCELED:
        raise TaskFinished(f"The task has already {task.state.value}.")
    return facts_of(task)
