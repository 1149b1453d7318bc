"""Keep a few child processes running: start them, start them again when they die, end them in order.

Knows nothing about video. A child is told of its parent's death by a pipe (`kit.lifeline`).
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from reelgate.kit.rounds import in_rounds

RESTART_MIN_S: Final = 0.2
RESTART_MAX_S: Final = 10.0
#: A child that has run for so long is healthy again.
HEALTHY_S: Final = 30.0
TERM_GRACE_S: Final = 20.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One program to keep running."""

    name: str
    arguments: Sequence[str]
    #: Variables on top of this process's own.
    environment: Mapping[str, str]
    #: Descriptors that it inherits under their numbers.
    descriptors: tuple[int, ...] = ()


class Supervisor:
    """Runs parts until `close`."""

    def __init__(
        self,
        lifeline_variable: str,
        *,
        restart_min_s: float = RESTART_MIN_S,
        healthy_s: float = HEALTHY_S,
        term_grace_s: float = TERM_GRACE_S,
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            lifeline_variable: names the variable that tells a part its lifeline's descriptor.
            restart_min_s: a part that ended is started again after so long, at first.
            healthy_s: a part that ran for so long may end once without being taken for broken.
            term_grace_s: how long a part may take to end after SIGTERM.

        """
        self._lifeline_variable = lifeline_variable
        self._restart_min_s = restart_min_s
        self._healthy_s = healthy_s
        self._term_grace_s = term_grace_s
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._lifeline_read, self._lifeline_write = os.pipe()

    @property
    def pids(self) -> Mapping[str, int]:
        """Return the process ids of the running parts by name."""
        return {name: process.pid for name, process in self._processes.items()}

    def start(self, part: Part) -> None:
        """Run a part from now on."""
        keeping = in_rounds(f"part {part.name}", lambda: self._keep(part), every_s=self._restart_min_s)
        self._tasks.append(asyncio.create_task(keeping))

    async def close(self) -> None:
        """End every part: SIGTERM, some grace, SIGKILL."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(_end(process, self._term_grace_s) for process in self._processes.values()))
        self._processes.clear()
        for descriptor in (self._lifeline_read, self._lifeline_write):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    async def _keep(self, part: Part) -> None:
        loop = asyncio.get_running_loop()
        pause_s = self._restart_min_s
        while True:
            began = loop.time()
            try:
                status = await self._run(part)
            except OSError as error:
                # No memory or no more processes: that passes.
                _log.warning("part.not_started", part=part.name, error=repr(error), again_in_s=pause_s)
            else:
                if loop.time() - began > self._healthy_s:
                    pause_s = self._restart_min_s
                _log.warning("part.ended", part=part.name, status=status, again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RESTART_MAX_S)

    async def _run(self, part: Part) -> int:
        process = await asyncio.create_subprocess_exec(
            *part.arguments,
            env={**os.environ, **part.environment, self._lifeline_variable: str(self._lifeline_read)},
            pass_fds=(self._lifeline_read, *part.descriptors),
            stdin=asyncio.subprocess.DEVNULL,
            # The terminal's Ctrl-C is for the parent, which ends its parts in order.
            start_new_session=True,
        )
        self._processes[part.name] = process
        status = await process.wait()
        del self._processes[part.name]
        return status


async def _end(process: asyncio.subprocess.Process, grace_s: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), grace_s)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
