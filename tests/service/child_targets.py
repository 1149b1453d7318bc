"""What the children of `test_children` run; imported by name inside them."""

import os
import pathlib
import signal
import subprocess
import sys
import threading
from typing import Any, NoReturn

from reelgate.kit.child_wire import ChildError, Emit


def echo(argument: Any, _emit: Emit) -> Any:
    return argument


def count(argument: int, emit: Emit) -> str:
    for number in range(argument):
        emit({"done": number})
    return "counted"


def refuse(_argument: Any, _emit: Emit) -> NoReturn:
    raise ChildError("not_today", "Come back tomorrow.")


def stumble(_argument: Any, _emit: Emit) -> NoReturn:
    raise ValueError("a secret of /srv/private")


def die(argument: int, _emit: Emit) -> None:
    os.kill(os.getpid(), argument)


def leave(argument: int, _emit: Emit) -> NoReturn:
    os._exit(argument)


def allocate(argument: int, _emit: Emit) -> int:
    return len(bytearray(argument))


def spin(_argument: Any, _emit: Emit) -> NoReturn:
    while True:
        pass


def wait(_argument: Any, emit: Emit) -> None:
    emit(os.getpid())
    threading.Event().wait(600)


def wait_with_grandchild(_argument: Any, emit: Emit) -> None:
    grandchild = subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait(600)"])
    emit([os.getpid(), grandchild.pid])
    threading.Event().wait(600)


def abandon_grandchild(_argument: Any, _emit: Emit) -> int:
    program = [sys.executable, "-c", "import threading; threading.Event().wait(600)"]
    return subprocess.Popen(program, close_fds=False).pid


def write_file(argument: list[Any], _emit: Emit) -> int:
    path, size = argument
    return pathlib.Path(path).write_bytes(bytes(size))


def is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def look_around(_argument: Any, _emit: Emit) -> dict[str, Any]:
    return {
        "environment": sorted(os.environ),
        "descriptors": [number for number in range(256) if is_open(number)],
        "interrupt": signal.getsignal(signal.SIGINT) == signal.SIG_DFL,
        "leads_group": os.getpgrp() == os.getpid(),
        "modules": sorted(sys.modules),
        "threads": len(list(pathlib.Path("/proc/self/task").iterdir())),
    }


def mumble(_argument: Any, _emit: Emit) -> NoReturn:
    for number in range(3, 256):
        try:
            os.write(number, b"\0\0\0\4\xc1\xc1\xc1\xc1")
        except OSError:
            continue
    os._exit(0)
