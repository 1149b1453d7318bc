"""Hear what changes in the database: tasks and keys, announced by the statements that change them.

One connection of its own listens; when it is lost, listeners are told, so that whoever keeps copies stops trusting
them, and it is made anew.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from typing import Final

import asyncpg
import structlog

from reelgate.kit.rounds import in_rounds

RETRY_S: Final = 0.5
PROBE_S: Final = 5.0
CONNECT_TIMEOUT_S: Final = 5.0

_BROKEN: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

_log = structlog.get_logger(__name__)


class Changes:
    """Listens for announcements until `close`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._task_listeners: list[Callable[[uuid.UUID], None]] = []
        self._end_listeners: list[Callable[[uuid.UUID], None]] = []
        self._key_listeners: list[Callable[[bytes], None]] = []
        self._use_listeners: list[Callable[[str], None]] = []
        self._hearing_listeners: list[Callable[[bool], None]] = []
        self._loop_task: asyncio.Task[None] | None = None
        self._hearing = asyncio.Event()

    def on_task(self, listener: Callable[[uuid.UUID], None]) -> None:
        """Call `listener` with the id of each task that changes."""
        self._task_listeners.append(listener)

    def on_task_ended(self, listener: Callable[[uuid.UUID], None]) -> None:
        """Call `listener` with the id of each task that has ended; its change is announced besides."""
        self._end_listeners.append(listener)

    def on_key(self, listener: Callable[[bytes], None]) -> None:
        """Call `listener` with the digest of each API key that is revoked or changed."""
        self._key_listeners.append(listener)

    def on_use(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with what a process announces of its use of shared limits."""
        self._use_listeners.append(listener)

    def on_hearing(self, listener: Callable[[bool], None]) -> None:
        """Call `listener` with True when announcements are heard from now on, with False when they are not."""
        self._hearing_listeners.append(listener)

    @property
    def hearing(self) -> bool:
        """Whether announcements are heard."""
        return self._hearing.is_set()

    async def start(self) -> None:
        """Begin to listen; return when the first connection stands, or after `CONNECT_TIMEOUT_S` without one."""
        self._loop_task = asyncio.create_task(in_rounds("changes", self._run, every_s=RETRY_S))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hearing.wait(), CONNECT_TIMEOUT_S)

    async def close(self) -> None:
        """Stop listening."""
        if self._loop_task:
            self._loop_task.cancel()
            await asyncio.gather(self._loop_task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._listen()
        except _BROKEN as error:
            _log.warning("changes.unheard", error=repr(error))
        finally:
            self._tell(hearing=False)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(
            self._dsn,
            timeout=CONNECT_TIMEOUT_S,
            server_settings={"application_name": "reelgate changes"},
        )
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener("reelgate_task", self._hear_task)
            await connection.add_listener("reelgate_task_ended", self._hear_end)
            await connection.add_listener("reelgate_key", self._hear_key)
            await connection.add_listener("reelgate_use", self._hear_use)
            self._tell(hearing=True)
            while not lost.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), PROBE_S)
                if not lost.is_set():
                    # A connection that was cut without a word is found by using it.
                    await connection.execute("SELECT 1", timeout=PROBE_S)
        finally:
            connection.terminate()

    def _tell(self, *, hearing: bool) -> None:
        if hearing == self._hearing.is_set():
            return
        if hearing:
            self._hearing.set()
        else:
            self._hearing.clear()
        for listener in self._hearing_listeners:
            listener(hearing)

    def _hear_task(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        task_id = uuid.UUID(str(payload))
        for listener in self._task_listeners:
            listener(task_id)

    def _hear_end(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        task_id = uuid.UUID(str(payload))
        for listener in self._end_listeners:
            listener(task_id)

    def _hear_key(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        digest = bytes.fromhex(str(payload))
        for listener in self._key_listeners:
            listener(digest)

    def _hear_use(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for listener in self._use_listeners:
            listener(str(payload))
