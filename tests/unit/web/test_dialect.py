"""The HTTP edge around a dialect's handlers, with a dialect of three paths."""

import datetime as dt
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx2
import msgspec
import pytest
from starlette.applications import Starlette

from reelgate.core import errors
from reelgate.core.errors import FieldProblem, MethodNotAllowed, RateLimited, ReelgateError
from reelgate.store.accounts import Principal
from reelgate.web.auth import Authenticator
from reelgate.web.dialect import ANYONE, Call, Dialect, Operation, WireAnswer, error_headers, route_of

if TYPE_CHECKING:
    from reelgate.service.gateway import Gateway
    from reelgate.store.database import Database

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
ME = Principal(key_id=uuid.UUID(int=1), account_id=uuid.UUID(int=2), account="me")


class Answered(msgspec.Struct):
    """A good answer."""

    who: str


class Refused(msgspec.Struct):
    """An error of the wire."""

    code: str
    message: str


class FakeAuthenticator(Authenticator):
    """Knows one key."""

    def __init__(self) -> None:
        """Need no database."""
        super().__init__(cast("Database", None))

    async def authenticate(self, key: str | None) -> Principal:
        """Let the good key in."""
        if key != "good":
            raise errors.KeyInvalid("no")
        return ME


def make_error(kind: type[ReelgateError]) -> ReelgateError:
    special: dict[type[ReelgateError], ReelgateError] = {
        errors.FieldsInvalid: errors.FieldsInvalid([FieldProblem("a", "is wrong"), FieldProblem("b", "is too")]),
        errors.ModelUnknown: errors.ModelUnknown("x", ["y", "z"]),
        errors.ModeUnavailable: errors.ModeUnavailable("a", "flying"),
        errors.InputMissing: errors.InputMissing("a", "is missing"),
        errors.InputUnreadable: errors.InputUnreadable("a", "is no picture"),
        errors.InputTooLarge: errors.InputTooLarge("a", "is large"),
        errors.InputUnreachable: errors.InputUnreachable("a", "is far"),
        errors.BudgetExceeded: errors.BudgetExceeded(
            whose="the cap of this key", required_microcredits=2, bound_microcredits=3, spent_microcredits=2
        ),
        errors.CreditsInsufficient: errors.CreditsInsufficient(required_microcredits=2, available_microcredits=1),
        errors.MethodNotAllowed: errors.MethodNotAllowed(["POST"]),
        errors.RateLimited: errors.RateLimited(retry_after_s=7, limit=3),
    }
    return special.get(kind) or kind("what was wrong")


def leaves(kind: type[ReelgateError] = ReelgateError) -> Iterator[type[ReelgateError]]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for child in below:
        yield from leaves(child)


class World:
    """A dialect whose handler does what a test says."""

    def __init__(self) -> None:
        """Begin well."""
        self.trouble: BaseException | None = None
        self.calls: list[Call] = []
        paths = [("GET", "/wire/task"), ("POST", "/wire/task"), ("POST", "/wire/make")]
        self.dialect = Dialect(
            name="wire",
            title="A wire",
            replaces="https://example.org",
            prefixes=("/wire",),
            operations=(
                *(self.operation(method, path) for method, path in paths),
                self.operation("GET", "/wire/public", public=True),
            ),
            read_key=lambda request: request.headers.get("key"),
            error_answer=lambda error, _: WireAnswer(
                status=400, body=Refused(error.code, str(error)), headers=error_headers(error)
            ),
            error_bodies={400: Refused},
            security={},
        )
        gateway = cast("Gateway", SimpleNamespace(clock=lambda: NOW))
        app = Starlette(routes=[route_of([self.dialect], gateway, FakeAuthenticator())])
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://gate.example", headers={"key": "good"}
        )

    def operation(self, method: str, path: str, **rest: Any) -> Operation:
        """Return one that the handler serves."""
        return Operation(method=method, path=path, handler=self.handle, summary="", status=200, answer=Answered, **rest)

    async def handle(self, call: Call) -> WireAnswer:
        """Do what the test says."""
        self.calls.append(call)
        if self.trouble:
            raise self.trouble
        return WireAnswer(status=200, body=Answered(call.principal.account), headers={"x-more": "1"})


@pytest.fixture
def world() -> World:
    """A fresh dialect."""
    return World()


async def test_a_handler_s_answer_is_json(world: World) -> None:
    """With its status and headers, and the caller's principal."""
    answer = await world.client.post("/wire/make")
    assert (answer.status_code, answer.json(), answer.headers["x-more"]) == (200, {"who": "me"}, "1")
    assert answer.headers["content-type"] == "application/json"
    assert [call.principal for call in world.calls] == [ME]


@pytest.mark.parametrize("kind", list(leaves()), ids=lambda kind: kind.__name__)
async def test_every_error_is_the_wire_s_own(world: World, kind: type[ReelgateError]) -> None:
    """Whatever is raised in a handler, with or without a cause."""
    for cause in (None, ValueError("/srv/secret")):
        world.trouble = make_error(kind)
        world.trouble.__cause__ = cause
        answer = await world.client.post("/wire/make")
        assert answer.status_code == 400
        assert answer.json() == {"code": kind.code, "message": str(world.trouble)}
        assert "secret" not in answer.text


def test_every_error_says_something() -> None:
    """A leaf has a code of its own, and a sentence."""
    kinds = list(leaves())
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(str(make_error(kind)) for kind in kinds)


async def test_a_bug_is_hidden(world: World) -> None:
    """Its message and traceback are for the log alone."""
    world.trouble = ZeroDivisionError("a secret")
    answer = await world.client.post("/wire/make")
    assert answer.json() == {"code": "server_misconfigured", "message": "Internal error."}


@pytest.mark.parametrize("host", [b"[", b"]", b"[::1", b"a b", b"\xff", b""])
async def test_a_host_that_is_none_breaks_nothing(world: World, host: bytes) -> None:
    """Neither an unknown path nor a bug is answered in any other way for it."""
    for path in ("/wire/nothing", "/wire/make"):
        world.trouble = ZeroDivisionError()
        answer = await world.client.post(path, headers={b"host": host, b"key": b"good"})
        assert set(answer.json()) == {"code", "message"}


async def test_a_bad_key_is_refused_before_the_handler(world: World) -> None:
    """But a public operation asks for none."""
    answer = await world.client.post("/wire/make", headers={"key": "bad"})
    assert answer.json()["code"] == "key_invalid"
    assert world.calls == []
    assert (await world.client.get("/wire/public", headers={"key": "bad"})).status_code == 200
    assert world.calls[0].principal == ANYONE


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/wire/make", "POST"),
        ("HEAD", "/wire/make", "POST"),
        ("OPTIONS", "/wire/make", "POST"),
        ("BREW", "/wire/make", "POST"),
        ("DELETE", "/wire/task", "GET, POST"),
    ],
)
async def test_another_method_is_told_which_to_use(world: World, method: str, path: str, allowed: str) -> None:
    """In the wire's words, and in HTTP's header."""
    answer = await world.client.request(method, path)
    assert answer.headers["allow"] == allowed
    assert world.calls == []
    if method != "HEAD":
        assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path",
    ["/wire", "/wire/", "/wire/nothing", "/wire/make/", "/wire/make/more", "/wire/%00", "/wire/%2e%2e/x", "/wire//"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
async def test_unknown_paths_are_the_wire_s_own_error(world: World, method: str, path: str) -> None:
    """Everything below its prefix, without a key and with any method; nothing is redirected."""
    answer = await world.client.request(method, path, headers={"key": ""})
    assert answer.json()["code"] == "route_unknown"
    assert world.calls == []


async def test_the_nearest_path_is_named(world: World) -> None:
    """For a path that is none, and for a method that another path has."""
    for host in (b"gate.example", b"["):
        headers = {b"host": host, b"key": b"good"}
        unknown = await world.client.post("/wire/maker", headers=headers)
        assert unknown.json()["message"] == "There is no POST /wire/maker. The nearest is POST /wire/make."
    refused = await world.client.get("/wire/make")
    assert refused.json()["message"] == (
        "Method not allowed. Use POST. The nearest with this method is GET /wire/task."
    )
    assert (await world.client.put("/wire/make")).json()["message"] == "Method not allowed. Use POST."


async def test_a_long_path_is_not_repeated_whole(world: World) -> None:
    """An answer does not grow with the mistake."""
    assert len((await world.client.get("/wire/" + "x" * 5000)).text) < 500


async def test_head_is_get_without_a_body(world: World) -> None:
    """The handler of GET answers; the server drops the body."""
    answer = await world.client.head("/wire/task")
    assert (answer.status_code, answer.headers["content-length"]) == (200, "12")
    assert len(world.calls) == 1


def test_headers_that_http_asks_for() -> None:
    """Whatever the wire."""
    assert error_headers(MethodNotAllowed(["POST", "PUT"])) == {"Allow": "POST, PUT"}
    assert error_headers(RateLimited(retry_after_s=7, limit=3)) == {"Retry-After": "7"}
    assert error_headers(errors.TaskUnknown("x")) == {}
