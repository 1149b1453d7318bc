"""The framing between an owner and its children."""

import msgspec

from reelgate.kit.child_wire import FRAME_HEAD, FromChild, Kill, Result, ToZygote, write_frame, write_line


def test_a_frame_says_its_length_first() -> None:
    """The reader knows how much to read, and gets the same message back."""
    frame = write_frame(Result({"bytes": b"\0\n"}))
    (length,) = FRAME_HEAD.unpack(frame[:4])
    assert length == len(frame) - 4
    assert msgspec.msgpack.decode(frame[4:], type=FromChild) == Result({"bytes": b"\0\n"})


def test_a_line_ends_with_its_only_line_feed() -> None:
    """Lines can be split without looking inside."""
    line = write_line(Kill(7))
    assert line.index(b"\n") == len(line) - 1
    assert msgspec.json.decode(line, type=ToZygote) == Kill(7)
