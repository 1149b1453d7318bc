"""`reelgate tasks`: look at tasks, whoever's they are: for operators."""

import uuid
from typing import Annotated, Any

import typer

from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.core.errors import TaskUnknown
from reelgate.core.ids import from_base32, from_millis_base36
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT
from reelgate.core.task import Task
from reelgate.settings import Settings
from reelgate.store.accounts import list_accounts
from reelgate.store.tasks import list_tasks, load_task

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


def read_task_id(text: str) -> uuid.UUID:
    """Read a task id in whatever form a wire shows it. Pure.

    Raises:
        TaskUnknown: it is none.

    """
    bare = text.removeprefix("veo4_task_").removeprefix("veo_")
    for read in (uuid.UUID, from_base32, from_millis_base36):
        try:
            return read(bare)
        except ValueError:
            continue
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
    task_id = read_task_id(text)
    async with open_database(settings) as database:
        task = await load_task(database, task_id)
    if task is None:
        raise TaskUnknown("There is no such task.")
    return facts_of(task)
