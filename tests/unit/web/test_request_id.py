"""Every request has an id."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from reelgate.kit.logs import REQUEST_ID
from reelgate.web.request_id import RequestIds, request_id_of


class Seen:
    """An application that notes what logs and handlers would see."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.context: list[object] = []
        self.ids: list[str] = []
        self.fails = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or fail."""
        self.context.append(REQUEST_ID.get())
        self.ids.append(request_id_of(scope))
        if self.fails:
            raise ZeroDivisionError
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b""})


async def ask(app: RequestIds, *headers: tuple[bytes, bytes], kind: str = "http") -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": kind, "headers": list(headers)}, receive, send)
    return sent


def answered(sent: list[Message]) -> list[bytes]:
    return [value for name, value in sent[0]["headers"] if name == b"x-request-id"]


@pytest.mark.parametrize("given", [b"abc", b"A-b_c.9", b"x" * 64])
async def test_a_sane_id_is_kept(given: bytes) -> None:
    """The answer, the handler and the logs have it."""
    seen = Seen()
    assert answered(await ask(RequestIds(seen), (b"x-request-id", given))) == [given]
    assert seen.context == seen.ids == [given.decode()]


@pytest.mark.parametrize("given", [b"", b"x" * 65, b"a b", b"a\x1b[31m", b"\xff", b"a\n", b'"}{'])
async def test_an_insane_id_is_replaced(given: bytes) -> None:
    """It would end in logs and answers."""
    seen = Seen()
    (fresh,) = answered(await ask(RequestIds(seen), (b"x-request-id", given)))
    assert (len(fresh), fresh.decode()) == (32, seen.ids[0])


async def test_ids_differ() -> None:
    """Each request has its own."""
    app = RequestIds(Seen())
    assert len({answered(await ask(app))[0] for _ in range(100)}) == 100


@pytest.mark.parametrize("fails", [False, True])
async def test_nothing_of_a_request_stays(*, fails: bool) -> None:
    """What is logged afterwards, in the same context, is not taken for a part of it."""
    seen = Seen()
    seen.fails = fails
    outer = REQUEST_ID.set("outer")
    try:
        await ask(RequestIds(seen), (b"x-request-id", b"inner"))
    except ZeroDivisionError:
        assert fails
    assert REQUEST_ID.get() == "outer"
    REQUEST_ID.reset(outer)
    assert seen.context == ["inner"]


async def test_other_protocols_pass() -> None:
    """A lifespan has no id."""
    seen = Seen()
    assert answered(await ask(RequestIds(seen), kind="lifespan")) == []
    assert (seen.ids, seen.context) == ([""], [""])
