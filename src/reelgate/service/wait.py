"""Wait for the end of a task, for wires that hold a connection until there is a result."""

import uuid

from reelgate.core.errors import TaskUnknown
from reelgate.core.task import Task
from reelgate.service.gateway import Gateway
from reelgate.store.accounts import Principal


async def wait_for_end(gateway: Gateway, principal: Principal, task_id: uuid.UUID, timeout_s: float) -> Task:
    """Return a task of the caller's when it has ended, or as it stands after `timeout_s` seconds.

    Cheap to hold: it sleeps until the end is announced, and asks the database once before and once after.

    Raises:
        TaskUnknown: there is none with that id among the caller's, or it was deleted meanwhile.
        DatabaseUnavailable: the task cannot be read.

    """
    task = await gateway.tasks.load_ended(task_id, timeout_s)
    if task is None or task.account_id != principal.account_id:
        raise TaskUnknown("There is no such task.")
    return task
