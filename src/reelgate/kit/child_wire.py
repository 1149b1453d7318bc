"""What the owner of child processes, their parent (the zygote) and the children say to each other.

Messages and framing only; it must not start, limit or wait for anything. `kit.children` speaks it on the owner's side,
`kit.child_main` on the other. Functions that run in children import `ChildError` and `Emit` from here.

Two channels: one control socket per zygote carries JSON lines, and one socket per call carries frames: four bytes of
length, big-endian, then MessagePack.
"""

import struct
from collections.abc import Callable
from typing import Any, Final

import msgspec

#: Sends one event, such as progress, to the owner; cheap enough to be called for every frame.
Emit = Callable[[Any], None]

#: Length of a frame, before its bytes.
FRAME_HEAD: Final = struct.Struct(">I")


class ChildError(Exception):
    """A function that runs in a child refuses or fails for a reason that its caller may know."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


class Start(msgspec.Struct, tag="start", frozen=True):
    """Owner to zygote: fork a child for a call; the call's socket travels with the line."""

    call: int
    memory_bytes: int
    cpu_s: int
    file_bytes: int | None


class Kill(msgspec.Struct, tag="kill", frozen=True):
    """Owner to zygote: end a call's process group now."""

    call: int


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """Zygote to owner: everything is imported."""


class Started(msgspec.Struct, tag="started", frozen=True):
    """Zygote to owner: the call has its process."""

    call: int
    pid: int


class Ended(msgspec.Struct, tag="ended", frozen=True):
    """Zygote to owner: the process is reaped. `exit_code` is minus the signal's number if one killed it."""

    call: int
    exit_code: int


class Order(msgspec.Struct, tag="order", frozen=True):
    """Owner to child, once: what to run."""

    target: str
    argument: Any


class Event(msgspec.Struct, tag="event", frozen=True):
    """Child to owner, any number of times."""

    value: Any


class Result(msgspec.Struct, tag="result", frozen=True):
    """Child to owner: the function returned."""

    value: Any


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """Child to owner: the function raised `ChildError`."""

    code: str
    message: str


class Crashed(msgspec.Struct, tag="crashed", frozen=True):
    """Child to owner: the function raised anything else; the traceback is for the log alone."""

    out_of_memory: bool
    traceback: str


ToZygote = Start | Kill
FromZygote = Ready | Started | Ended
FromChild = Event | Result | Failed | Crashed


def write_line(message: ToZygote | FromZygote) -> bytes:
    """Return a control message as one line."""
    return msgspec.json.encode(message) + b"\n"


def write_frame(message: Order | FromChild) -> bytes:
    """Return a message as one frame."""
    body = msgspec.msgpack.encode(message)
    return FRAME_HEAD.pack(len(body)) + body
