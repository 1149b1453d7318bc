"""Runs a function in a limited child process: renders, probes, and everything that decodes what strangers send.

A pool owns one zygote (`kit.child_main`), a small process that has imported what children need, and each call is a
fresh fork of it with its own limits, so that a call starts in milliseconds and shares nothing with another. It knows
nothing about video and must never run a caller's function in this process. The worker and the API's services call it.

ChildProblem
├── ChildFailed     the function raised `ChildError`; its code and message are passed on
├── ChildCrashed    anything else it raised, a signal, no memory; the traceback is the cause alone
│   └── ChildUnavailable    no fault of the function: the zygote did not start or was lost, or the pool is closed
└── ChildTimeout    it used up its time, by the clock or of the processor
"""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from reelgate.kit.child_wire import (
    FRAME_HEAD,
    Crashed,
    Ended,
    Event,
    Failed,
    FromChild,
    FromZygote,
    Kill,
    Order,
    Ready,
    Result,
    Start,
    Started,
    ToZygote,
    write_frame,
    write_line,
)

#: What a child may see of the server's environment; the rest holds secrets.
_ENVIRONMENT: Final = (
    "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR", "TZ",
)  # fmt: skip
#: One thread in the zygote, and children that do not reserve 64 MiB of addresses for each of theirs.
_SINGLE_THREADED: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "4",
}
#: Importing numpy, OpenCV and PyAV takes half a second from a warm disk and many times that from a cold one.
_START_MAX_S: Final = 60
#: A killed child is reaped in milliseconds; a zygote that takes this long is killed itself.
_END_MAX_S: Final = 5
#: The exit code of a call whose zygote is gone.
_LOST: Final = 10_000

_line_decoder = msgspec.json.Decoder(FromZygote)
_frame_decoder = msgspec.msgpack.Decoder(FromChild)


class ChildProblem(Exception):
    """A call ended without a result."""


class ChildFailed(ChildProblem):
    """The function said, with a code, why it could not do what was asked."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


class ChildCrashed(ChildProblem):
    """The child ended in a way that nobody planned; `__cause__` is a `ChildTraceback` when it could still speak."""

    def __init__(self, message: str, *, out_of_memory: bool = False) -> None:
        self.out_of_memory = out_of_memory
        super().__init__(message)


class ChildUnavailable(ChildCrashed):
    """No fault of the function: the zygote did not start or was lost, or the pool is closed."""


class ChildTimeout(ChildProblem):
    """The child was ended because it took too long."""


class ChildTraceback(Exception):
    """Where a child crashed, as text. For logs: it may hold paths and pieces of the input."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one call may use."""

    #: Memory on top of what the zygote has mapped, as addresses; RLIMIT_AS, where the system enforces it.
    memory_bytes: int
    #: Seconds of processor time over all its threads.
    cpu_s: int
    #: Seconds by the clock, from when its process is asked for.
    wall_s: float
    #: The largest file that it may write; None for no limit.
    file_bytes: int | None
    #: The largest event or result that is read from it.
    answer_bytes: int = 1 << 20


class ChildPool:
    """A zygote, started at the first call and again after it died, and the calls that run in its children.

    Belongs to the event loop of its first call.
    """

    def __init__(
        self,
        *,
        preload: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        at_once_max: int = 64,
        fork: bool = sys.platform == "linux",
    ) -> None:
        """Prepare a pool; nothing is started yet.

        Args:
            preload: names of modules to import before the first fork; they must not start threads.
            environment: variables on top of the few that children get from the server's.
            at_once_max: so many calls run at the same time, the others wait; a wait is not part of their time.
            fork: fork children from the warm zygote; otherwise each is a fresh interpreter, slower but safe anywhere.

        """
        self._preload = tuple(preload)
        self._environment = dict(environment or {})
        self._places = asyncio.Semaphore(at_once_max)
        self._fork = fork
        self._zygote: _Zygote | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    @property
    def zygote_pid(self) -> int | None:
        """The process id of the running zygote, for metrics and tests."""
        return self._zygote.pid if self._zygote and self._zygote.alive else None

    async def start(self) -> None:
        """Start the zygote unless it runs; a call does the same by itself. May be repeated.

        Raises:
            ChildUnavailable: it did not come up.

        """
        await self._running_zygote()

    async def close(self) -> None:
        """End the zygote and all children; calls that run fail as crashed. May be repeated."""
        self._closed = True
        async with self._starting:
            if self._zygote:
                await self._zygote.close()

    async def call(
        self,
        target: str,
        argument: object,
        *,
        limits: Limits,
        on_event: Callable[[Any], None] | None = None,
    ) -> Any:
        """Run `package.module:function(argument, emit)` in a fresh child and return its result.

        Argument, events and result are anything that MessagePack holds, bytes included. `on_event` is called in this
        process with each value that the function emits. When the call is cancelled or its time is over, the child's
        whole process group is killed at once and reaped before this returns.

        Raises:
            ChildFailed: the function raised `ChildError`.
            ChildCrashed: it ended in any other way.
            ChildTimeout: it was ended for taking too long.

        """
        async with self._places:
            return await self._call(await self._running_zygote(), Order(target, argument), limits, on_event)

    async def _call(
        self, zygote: "_Zygote", order: Order, limits: Limits, on_event: Callable[[Any], None] | None
    ) -> Any:
        ours, theirs = socket.socketpair()
        # Closed here as well when the call is cancelled before it begins.
        with theirs:
            ours.settimeout(0)
            call = _Call(next(zygote.numbers), asyncio.get_running_loop().create_future())
            reader, writer = await asyncio.open_unix_connection(sock=ours)
            try:
                async with asyncio.timeout(limits.wall_s) as timer:
                    await zygote.begin(call, theirs, limits)
                    theirs.close()
                    await _send_order(writer, order)
                    async for message in _messages(reader, limits.answer_bytes):
                        if not isinstance(message, Event):
                            call.answer = message
                        elif on_event is not None:
                            on_event(message.value)
                    return _outcome(call.answer, await asyncio.shield(call.ended))
            except TimeoutError as error:
                if not timer.expired():
                    raise
                raise ChildTimeout(f"The child process took longer than {limits.wall_s:g} s.") from error
            finally:
                theirs.close()
                writer.transport.abort()
                await zygote.end(call)

    async def _running_zygote(self) -> "_Zygote":
        async with self._starting:
            if self._closed:
                raise ChildUnavailable("The pool of child processes is closed.")
            if self._zygote is None or not self._zygote.alive:
                if self._zygote:
                    await self._zygote.close()
                environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
                environment |= _SINGLE_THREADED | self._environment
                self._zygote = await _start_zygote(self._preload, environment, fork=self._fork)
            return self._zygote


@dataclass(slots=True, eq=False)
class _Call:
    number: int
    #: Its exit code, once it is reaped.
    ended: asyncio.Future[int]
    answer: Result | Failed | Crashed | None = None
    pid: int | None = None


@dataclass(slots=True, eq=False)
class _Zygote:
    """The owner's view of a running zygote."""

    process: asyncio.subprocess.Process
    #: For sending; the stream below reads from a duplicate of it.
    control: socket.socket
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    alive: bool = True
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    #: One start at a time, so that a socket never waits in the zygote while it forks another call's child.
    beginning: asyncio.Lock = field(default_factory=asyncio.Lock)
    started: asyncio.Future[None] | None = None
    calls: dict[int, _Call] = field(default_factory=dict)
    listening: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        return self.process.pid

    async def begin(self, call: _Call, channel: socket.socket, limits: Limits) -> None:
        """Have a child forked for `call`."""
        async with self.beginning:
            self.calls[call.number] = call
            self.started = asyncio.get_running_loop().create_future()
            start = Start(call.number, limits.memory_bytes, limits.cpu_s, limits.file_bytes)
            self._send(start, [channel.fileno()])
            await self.started

    async def end(self, call: _Call) -> None:
        """Return once the call's process is reaped; kill it if it still runs."""
        if call.number not in self.calls:
            return
        self._send(Kill(call.number))
        await asyncio.wait([call.ended], timeout=_END_MAX_S)
        if not call.ended.done():
            self._lose()

    async def close(self) -> None:
        """End the zygote, and with it all of its children."""
        self.writer.close()
        # The zygote ends by itself when both descriptors of the control socket are closed.
        self.control.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_MAX_S):
                await self.process.wait()
        self._lose()
        await self.process.wait()
        if self.listening:
            await asyncio.wait([self.listening])

    async def listen(self) -> None:
        """Take the zygote's lines until it ends."""
        try:
            with contextlib.suppress(ConnectionError, msgspec.DecodeError):
                async for line in self.reader:
                    match _line_decoder.decode(line):
                        case Started(number, pid) if number in self.calls:
                            self.calls[number].pid = pid
                            self._set_started()
                        case Ended(number, exit_code) if number in self.calls:
                            _settle(self.calls.pop(number), exit_code)
                            self._set_started()
        finally:
            # Whatever ended it: nobody waits for lines that no one reads.
            self._lose()

    def _send(self, message: ToZygote, descriptors: Sequence[int] = ()) -> None:
        line = write_line(message)
        try:
            sent = socket.send_fds(self.control, [line], list(descriptors))
        except OSError:
            sent = 0
        if sent < len(line):
            # It is dead, or has not read for a very long time.
            self._lose()

    def _set_started(self) -> None:
        if self.started and not self.started.done():
            self.started.set_result(None)

    def _lose(self) -> None:
        """Take the zygote for dead, and see to it that it is."""
        self.alive = False
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        for call in self.calls.values():
            if call.pid is not None and sys.platform != "linux":
                # Linux ends them itself as their parent is gone.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(call.pid, signal.SIGKILL)
            _settle(call, _LOST)
        self.calls.clear()
        self._set_started()


async def _start_zygote(preload: Sequence[str], environment: Mapping[str, str], *, fork: bool) -> _Zygote:
    ours, theirs = socket.socketpair()
    with theirs:
        descriptor = theirs.fileno()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "reelgate.kit.child_main"),
            *("zygote", str(descriptor), json.dumps(preload), "fork" if fork else "spawn"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            env=environment,
            pass_fds=(descriptor,),
            start_new_session=True,
        )
    ours.settimeout(0)
    reader, writer = await asyncio.open_unix_connection(sock=ours.dup())
    zygote = _Zygote(process, ours, reader, writer)
    try:
        async with asyncio.timeout(_START_MAX_S):
            line = await reader.readline()
    except (TimeoutError, ConnectionError):
        line = b""
    except asyncio.CancelledError:
        await zygote.close()
        raise
    if not line or not isinstance(_line_decoder.decode(line), Ready):
        await zygote.close()
        raise ChildUnavailable("The parent of the child processes did not start; its output says why.")
    zygote.listening = asyncio.create_task(zygote.listen())
    return zygote


def _settle(call: _Call, exit_code: int) -> None:
    if not call.ended.done():
        call.ended.set_result(exit_code)


async def _send_order(writer: asyncio.StreamWriter, order: Order) -> None:
    # A child that ends without reading its order says more by how it ended.
    with contextlib.suppress(ConnectionError):
        writer.write(write_frame(order))
        await writer.drain()


async def _messages(reader: asyncio.StreamReader, size_max_bytes: int) -> AsyncIterator[FromChild]:
    """Yield what the child says until it closes its socket."""
    while True:
        try:
            (length,) = FRAME_HEAD.unpack(await reader.readexactly(FRAME_HEAD.size))
            if length > size_max_bytes:
                raise ChildCrashed("The child process sent more than it may.")
            body = await reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        try:
            message: FromChild = _frame_decoder.decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ChildCrashed("The child process sent something unreadable.") from error
        yield message


def _outcome(answer: Result | Failed | Crashed | None, exit_code: int) -> Any:
    """Return the result that the child gave, or raise what its end means."""
    match answer:
        case Result(value):
            return value
        case Failed(code, message):
            raise ChildFailed(code, message)
        case Crashed(out_of_memory, text):
            what = "ran out of memory" if out_of_memory else "failed"
            raise ChildCrashed(f"The child process {what}.", out_of_memory=out_of_memory) from ChildTraceback(text)
    if exit_code == _LOST:
        raise ChildUnavailable("The parent of the child process ended.")
    if exit_code == -signal.SIGXCPU:
        raise ChildTimeout("The child process used up its processor time.")
    if exit_code < 0:
        raise ChildCrashed(f"The child process was ended by signal {-exit_code}.")
    raise ChildCrashed(f"The child process ended with exit code {exit_code} and no result.")
