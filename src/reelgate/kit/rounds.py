"""Do something in rounds for as long as a process lives: whatever goes wrong in one, the next one comes.

The one catch-all of everything that runs beside requests and jobs: a loop that ended without a word would be missed
only by what it no longer does.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

_log = structlog.get_logger(__name__)


async def in_rounds(
    name: str, step: Callable[[], Awaitable[object]], *, every_s: float, expected: type[Exception] | None = None
) -> None:
    """Call `step` again and again until cancelled, `every_s` after it has ended.

    Args:
        name: what failures are logged as.
        step: one round; it may raise what it likes.
        every_s: seconds between two rounds, after a failed one too.
        expected: errors that come and go by themselves, which are logged without a traceback.

    """
    while True:
        try:
            await step()
        # The edge of whatever runs by itself.
        except Exception as error:  # noqa: BLE001
            if expected and isinstance(error, expected):
                _log.info("round.put_off", round=name, error=str(error))
            else:
                _log.exception("round.failed", round=name)
        await asyncio.sleep(every_s)
