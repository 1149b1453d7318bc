"""The part that works off tasks as a process: `python -m reelgate.cli.worker_process`, as `serve` starts it.

`reelgate worker` runs the same function on a machine of its own.
"""

import reelgate.kit.plain  # noqa: F401 - first of all

# isort: split
import asyncio
import signal
import sys

from reelgate.app.worker import open_worker
from reelgate.cli.handover import DRAIN_S, take_over
from reelgate.settings import Settings

if sys.platform != "win32":
    import uvloop


def run_worker(settings: Settings, dsn: str) -> None:
    """Work off tasks until SIGTERM or SIGINT."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(work(settings, dsn))


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def work(settings: Settings, dsn: str) -> None:
    """Do what `run_worker` says, in a loop that runs."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with open_worker(settings, dsn) as worker:
        working = asyncio.create_task(worker.run())
        told = asyncio.create_task(stopped.wait())
        await asyncio.wait({told, working}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if working.done():
            # It ends by itself for no good reason: whoever supervises this process starts another one.
            await working
            raise RuntimeError("The worker has ended although nobody told it to.")
        worker.stop()
        # A render that is cut off here is repeated by whoever takes the task over.
        await asyncio.wait({working}, timeout=DRAIN_S)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


def main() -> None:
    """Work until told to end."""
    settings, dsn, _ = take_over()
    run_worker(settings, dsn)


if __name__ == "__main__":
    main()
