"""Delete a task: its owner sees it no more, and its files go. The row stays, for the ledger."""

import contextlib
import uuid

from reelgate.core.errors import OperatorError, TaskFinished, TaskUnknown
from reelgate.core.lifecycle import is_terminal
from reelgate.core.task import StoredSource, Task
from reelgate.service.cancel import cancel
from reelgate.service.gateway import Gateway
from reelgate.service.inputs import is_input_key
from reelgate.service.previews import preview_keys
from reelgate.service.query import find_task
from reelgate.store.accounts import Principal
from reelgate.store.files import drop_files
from reelgate.store.tasks import delete_task


async def delete(gateway: Gateway, principal: Principal, task_id: uuid.UUID) -> None:
    """Delete a task of the caller's account; one that still lives is canceled first. What it cost stays paid.

    Not repeatable: once deleted, there is no such task.

    Raises:
        TaskUnknown: there is no such task among the caller's.
        DatabaseUnavailable: nothing was deleted, though the task may be canceled.

    """
    task = await find_task(gateway, principal, task_id)
    if not is_terminal(task.state):
        # It may end by itself meanwhile: then that is how it ended.
        with contextlib.suppress(TaskFinished):
            await cancel(gateway, principal, task_id)
        task = await find_task(gateway, principal, task_id)
    object_keys = plan_removal(task)
    deleted = await delete_task(gateway.database, task_id, principal.account_id, object_keys, gateway.clock())
    gateway.tasks.forget(task_id)
    if not deleted:
        raise TaskUnknown("There is no such task.")
    # What cannot be removed now is noted, and left to the sweep.
    with contextlib.suppress(OperatorError):
        for object_key in object_keys:
            await gateway.objects.delete(object_key)
        await drop_files(gateway.database, object_keys)


def plan_removal(task: Task) -> tuple[str, ...]:
    """Return the keys of every file that is this task's alone. Pure.

    A source that is another task's video is not: only what was stored as an input belongs to the task.
    """
    sources = [item.source for item in task.spec.inputs]
    inputs = [source.object_key for source in sources if isinstance(source, StoredSource)]
    own = [artifact.object_key for artifact in task.artifacts]
    previews = [key for artifact in task.artifacts for key in preview_keys(artifact)]
    return (*own, *previews, *(key for key in inputs if is_input_key(key)))
