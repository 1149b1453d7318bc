"""The zygote: a small single-threaded process that has imported what children need and forks one child per call.

`kit.children` starts it as `python -m reelgate.kit.child_main`. It must never run a caller's function in itself, start
a thread or import more than it is told to. It ends, with all its children, when the owner's end of the control socket
closes, so that nothing outlives the owner.

Where a fork of a warm process is not safe (macOS), it starts each child as a fresh interpreter instead.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import pathlib
import resource
import selectors
import signal
import socket
import subprocess
import sys
import threading
import traceback
from types import TracebackType
from typing import Any, Final, NoReturn

import msgspec

from reelgate.kit.child_wire import (
    FRAME_HEAD,
    ChildError,
    Crashed,
    Ended,
    Event,
    Failed,
    FromChild,
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

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
#: Children open a few files and no sockets.
_OPEN_FILES_MAX: Final = 256
#: A traceback is for the log; hostile input must not make it long.
_TRACEBACK_MAX_CHARS: Final = 20_000
#: File descriptors that one control line may bring along.
_FDS_MAX: Final = 16
#: If the machine runs out of memory, a child goes before the server or its database.
_OOM_SCORE: Final = b"600"

_control_decoder = msgspec.json.Decoder(ToZygote)


class Zygote:
    """Forks, kills and reaps children as the control socket says."""

    def __init__(self, control: socket.socket, *, fork: bool) -> None:
        self._control = control
        self._fork = fork
        self._pids: dict[int, int] = {}
        self._fds: list[int] = []
        self._unread = b""

    def serve(self) -> None:
        """Obey the control socket until its other end closes, then kill what still runs."""
        wake, awoken = socket.socketpair()
        wake.settimeout(0)
        awoken.settimeout(0)
        signal.set_wakeup_fd(awoken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)
        with selectors.DefaultSelector() as selector, contextlib.suppress(ConnectionError):
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            self._send(Ready())
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if wake in ready:
                    wake.recv(4096)
                    self._reap()
                if self._control in ready and not self._obey():
                    break
        for pid in self._pids.values():
            _kill_group(pid)

    def _send(self, message: Ready | Started | Ended) -> None:
        self._control.sendall(write_line(message))

    def _obey(self) -> bool:
        """Carry out what has arrived; return False at the end of the stream."""
        received, fds, _, _ = socket.recv_fds(self._control, 65536, _FDS_MAX)
        self._fds += fds
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            match _control_decoder.decode(line):
                case Start() as start:
                    self._start(start, self._fds.pop(0))
                case Kill(call) if call in self._pids:
                    _kill_group(self._pids[call])
                case Kill():
                    pass  # It has ended already; the answer is on its way.
        return bool(received)

    def _start(self, start: Start, channel: int) -> None:
        try:
            pid = self._fork_child(start, channel) if self._fork else _spawn_child(start, channel)
        except OSError as error:
            # No process or no memory for one: the call fails, the others go on.
            sys.stderr.write(f"reelgate: no child process: {error}\n")
            self._send(Ended(start.call, 1))
        else:
            self._pids[start.call] = pid
            self._send(Started(start.call, pid))
        finally:
            os.close(channel)

    def _fork_child(self, start: Start, channel: int) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        # From here on this is the child; it leaves through os._exit and never returns into the zygote's loop.
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            # The control socket, the selector and other calls' sockets are no business of a child.
            os.closerange(3, channel)
            os.closerange(channel + 1, os.sysconf("SC_OPEN_MAX"))
            run_call(start, channel, parent)
        finally:
            os._exit(1)

    def _reap(self) -> None:
        for call, pid in list(self._pids.items()):
            reaped, status = os.waitpid(pid, os.WNOHANG)
            if reaped:
                del self._pids[call]
                # Whatever the child left behind in its group goes with it.
                _kill_group(pid)
                self._send(Ended(call, os.waitstatus_to_exitcode(status)))


def _do_nothing(_number: int, _frame: object) -> None:
    """Receive SIGCHLD, so that it interrupts the wait; the wake-up socket does the rest."""


def _kill_group(pid: int) -> None:
    # Both: a child that was forked a moment ago may not lead its group yet.
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _spawn_child(start: Start, channel: int) -> int:
    """Start a fresh interpreter for one call; return its process id."""
    # The zygote reaps by id itself, so Popen only starts; its own bookkeeping would warn about a living child.
    child = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
        [
            sys.executable,
            "-P",
            "-m",
            "reelgate.kit.child_main",
            "call",
            str(channel),
            msgspec.json.encode(start),
            str(os.getpid()),
        ],
        pass_fds=(channel,),
        start_new_session=True,
    )
    child.returncode = 0
    return child.pid


class _Ending:
    """Tells the owner how the function ended, whatever it raised: the edge of the child process."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if error is None:
            return False
        ending: FromChild
        if isinstance(error, ChildError):
            ending = Failed(error.code, error.message)
        else:
            lines = traceback.format_exception(error, limit=30)
            ending = Crashed(isinstance(error, MemoryError), "".join(lines)[-_TRACEBACK_MAX_CHARS:])
        self._channel.sendall(write_frame(ending))
        return True


def run_call(start: Start, descriptor: int, parent: int) -> NoReturn:
    """Read the order from a socket, run it under the limits, send what it says and exit; end when `parent` does."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # It died before the line above.
    silence = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(silence, standard)
    os.close(silence)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    with socket.socket(fileno=descriptor) as channel, _Ending(channel):
        order = _read_order(channel)
        _limit(start)
        result = _run(order, channel)
        channel.sendall(write_frame(Result(result)))
    os._exit(0)


def _run(order: Order, channel: socket.socket) -> Any:
    def emit(value: Any) -> None:
        channel.sendall(write_frame(Event(value)))

    module, _, name = order.target.partition(":")
    return getattr(importlib.import_module(module), name)(order.argument, emit)


def _read_order(channel: socket.socket) -> Order:
    with channel.makefile("rb") as stream:
        (length,) = FRAME_HEAD.unpack(stream.read(FRAME_HEAD.size))
        return msgspec.msgpack.decode(stream.read(length), type=Order)


def _limit(start: Start) -> None:
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_NOFILE, _OPEN_FILES_MAX)
    if start.file_bytes is not None:
        _set_limit(resource.RLIMIT_FSIZE, start.file_bytes)
    # The soft limit ends the process by SIGXCPU, which tells the owner why; the hard one by SIGKILL.
    resource.setrlimit(resource.RLIMIT_CPU, (start.cpu_s, start.cpu_s + 1))
    if sys.platform == "linux":
        pages = int(pathlib.Path("/proc/self/statm").read_bytes().split()[0])
        _set_limit(resource.RLIMIT_AS, pages * resource.getpagesize() + start.memory_bytes)
        with contextlib.suppress(OSError):
            pathlib.Path("/proc/self/oom_score_adj").write_bytes(_OOM_SCORE)


def _set_limit(which: int, value: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, hard = resource.getrlimit(which)
    lowered = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (lowered, lowered))


def _threads() -> int:
    tasks = pathlib.Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


def main(arguments: list[str]) -> None:
    """Run as the zygote, `zygote FD MODULES FORK`, or as a fresh child, `call FD START PARENT`."""
    role, descriptor, *rest = arguments
    if role == "call":
        run_call(msgspec.json.decode(rest[0], type=Start), int(descriptor), int(rest[1]))
    modules, fork = rest
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if fork == "fork":
        for module in json.loads(modules):
            importlib.import_module(module)
        if _threads() != 1:
            sys.exit("reelgate: a preloaded module started a thread, which a fork would lose")
        # Without this a collection in a child would touch, and so copy, every page that is shared with the zygote.
        gc.collect()
        gc.freeze()
    with socket.socket(fileno=int(descriptor)) as control:
        Zygote(control, fork=fork == "fork").serve()


if __name__ == "__main__":
    main(sys.argv[1:])
