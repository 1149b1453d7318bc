"""Sweep: wake live tasks (T3) and waiting deliveries that lost their wake-up, end what is overdue (L7), tidy up.

Any number of workers may sweep at the same time; each statement decides for itself.
"""

import datetime as dt
from typing import Final

import structlog

from reelgate.core.errors import EngineLost
from reelgate.core.once import ONCE_KEPT
from reelgate.core.task import Failure, State
from reelgate.service.payments import ask_for_news, ask_for_reversals
from reelgate.store.credits import expire_lots
from reelgate.store.deliveries import prune_deliveries, wake_deliveries
from reelgate.store.files import drop_files, unclaimed_files
from reelgate.store.payments import collect_owed, prune_reversals
from reelgate.store.tasks import Ending, finish_task, overdue_tasks, prune_job_log, prune_once, wake_sleepers
from reelgate.worker.workshop import Workshop

#: A task younger than this has its wake-up on the way.
SLEEPER_AGE: Final = dt.timedelta(seconds=10)
JOB_LOG_KEPT: Final = dt.timedelta(days=2)
#: The log of webhooks goes back so far.
DELIVERIES_KEPT: Final = dt.timedelta(days=30)
#: Of payments that nobody here has heard of: their Stripe account sells other things too.
REVERSALS_KEPT: Final = dt.timedelta(days=30)
#: A file that no task has after so long never gets one: its task would have passed its deadline.
UNCLAIMED_AGE: Final = dt.timedelta(days=1)

_log = structlog.get_logger(__name__)


async def sweep(workshop: Workshop) -> None:
    """Do one round. May be repeated.

    Raises:
        DatabaseUnavailable, StorageUnavailable, ServerBusy: the rest waits for the next round.

    """
    now = workshop.clock()
    if woken := await wake_sleepers(workshop.database, now - SLEEPER_AGE):
        _log.warning("sweep.woken", tasks=woken)
    for task_id in await overdue_tasks(workshop.database, now):
        failure = Failure(code=EngineLost.code, message="The task did not end in time.")
        ending = Ending(state=State.FAILED, completed_at=now, failure=failure)
        if await finish_task(workshop.database, task_id, None, ending):
            _log.warning("sweep.overdue", task=str(task_id))
    if expired := await expire_lots(workshop.database, now):
        _log.info("sweep.lots_expired", lots=expired)
    if woken := await wake_deliveries(workshop.database, now - SLEEPER_AGE):
        _log.warning("sweep.deliveries_woken", deliveries=woken)
    await prune_deliveries(workshop.database, now - DELIVERIES_KEPT)
    await prune_job_log(workshop.database, now - JOB_LOG_KEPT)
    await prune_once(workshop.database, now - ONCE_KEPT)
    for key in await unclaimed_files(workshop.database, UNCLAIMED_AGE):
        await workshop.objects.delete(key)
        await drop_files(workshop.database, [key])
        _log.info("sweep.file_removed", key=key)
    if collected := await collect_owed(workshop.database, now):
        _log.warning("sweep.owed_collected", payments=collected)
    await prune_reversals(workshop.database, now - REVERSALS_KEPT)
    if workshop.checkout and (reversed_ := await ask_for_reversals(workshop.database, workshop.checkout, now)):
        _log.warning("sweep.reversals_found", payments=reversed_)
    if workshop.checkout and (paid := await ask_for_news(workshop.database, workshop.checkout, now)):
        _log.warning("sweep.payments_found", payments=paid)
