"""Cancel a task: at once when it waits, within a second when it runs; its whole reservation returns."""

import uuid

from reelgate.core.errors import TaskFinished
from reelgate.core.lifecycle import is_terminal
from reelgate.core.task import State, Task
from reelgate.service.gateway import Gateway
from reelgate.service.query import find_task
from reelgate.store.accounts import Principal
from reelgate.store.tasks import Ending, finish_task
from reelgate.store.upstream import wake_task


async def cancel(gateway: Gateway, principal: Principal, task_id: uuid.UUID) -> Task:
    """Cancel a live task and return it; a canceled task is returned as it is, so the call may be repeated.

    A race with the task's own end has exactly one winner, decided by the database.

    Raises:
        TaskUnknown: there is no such task among the caller's.
        TaskFinished: it has succeeded or failed.

    """
    task = await find_task(gateway, principal, task_id)
    if not is_terminal(task.state):
        ending = Ending(state=State.CANCELED, completed_at=gateway.clock())
        await finish_task(gateway.database, task_id, None, ending)
        if task.remote:
            # Its job is ended upstream now, not when it would have been asked for.
            await wake_task(gateway.database, task_id)
        gateway.tasks.forget(task_id)
        task = await find_task(gateway, principal, task_id)
    if task.state is not State.CANCELED:
        raise TaskFinished(f"The task has already {task.state.value}.")
    return task
