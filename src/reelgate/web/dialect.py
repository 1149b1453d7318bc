"""What a dialect is to the web server, and the edge around its handlers.

A dialect lists its operations as data; `route_of` makes a Starlette route of them: authenticate, run the handler, turn
whatever goes wrong into the dialect's own error. This is the HTTP edge: the one place here that catches everything.
"""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Protocol

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as HttpScope

from reelgate.core.catalogue import Catalogue
from reelgate.core.errors import (
    CallerError,
    FieldsInvalid,
    KeyInvalid,
    MethodNotAllowed,
    OnceKeyReused,
    RateLimited,
    ReelgateError,
    RouteUnknown,
    ServerMisconfigured,
)
from reelgate.core.keys import Scope, check_scope
from reelgate.core.media import IMAGE_TYPES
from reelgate.core.ports import Clock
from reelgate.core.task import Task
from reelgate.service.gateway import Gateway
from reelgate.service.query import link_expiry
from reelgate.service.submit import find_replay
from reelgate.store.accounts import Principal
from reelgate.web.auth import Authenticator
from reelgate.web.fingerprint import once_of
from reelgate.web.limiter import Allowance, Limiter, address_of, ietf_headers
from reelgate.web.nearest import KnownPath, known_paths, nearest_path
from reelgate.web.notes import NOTES_HEADER, notes_of
from reelgate.web.proxies import origin_of
from reelgate.web.request_id import request_id_of
from reelgate.web.wire_request import WireRequest
from reelgate.web.wire_route import WirePaths, WireRoute

_log = structlog.get_logger(__name__)


class Answer(Protocol):
    """What a handler answers with."""

    def to_response(self) -> Response:
        """Return it for Starlette."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WireAnswer:
    """An answer in a wire's own shape."""

    status: int
    #: Raw is JSON already.
    body: msgspec.Struct | msgspec.Raw
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_response(self) -> Response:
        """Return it for Starlette, as JSON."""
        return Response(
            msgspec.json.encode(self.body),
            status_code=self.status,
            headers=self.headers,
            media_type="application/json",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadyAnswer:
    """An answer that is no JSON: a file, or nothing."""

    response: Response

    def to_response(self) -> Response:
        """Return it for Starlette."""
        return self.response


#: Whoever calls a public operation; owns nothing.
ANYONE: Final = Principal(key_id=uuid.UUID(int=0), account_id=uuid.UUID(int=0), account="")


@dataclass(frozen=True, kw_only=True, slots=True)
class WireEvent:
    """What a receiver is told of the end of a task, in a wire's own words."""

    #: "video.completed".
    name: str
    body: msgspec.Struct


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One authenticated request."""

    request: Request
    principal: Principal
    gateway: Gateway
    #: What the answer says besides its own headers, whether it is a success or an error.
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def allowed_models(self) -> Catalogue:
        """The part of the catalogue that the caller's key may use, which is what it is shown of it."""
        return self.gateway.catalogue.limited_to(self.principal.models)


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One method and path of a wire, described well enough to serve and to document it."""

    method: str
    #: With Starlette's parameters: "/api/veo/status/{taskId}".
    path: str
    handler: Callable[[Call], Awaitable[Answer]]
    summary: str
    #: What a key must be allowed to do. What makes a task does so once for each idempotency key.
    scope: Scope = Scope.READ
    #: Status and struct of success; no struct where a file is answered.
    status: int
    answer: type[msgspec.Struct] | None
    #: What else the same status may answer with; None is JSON's null.
    other_answers: Sequence[type[msgspec.Struct] | None] = ()
    #: What a file that is answered may be.
    answer_media_types: Sequence[str] = ()
    #: JSON or form body.
    body: type[msgspec.Struct] | None = None
    body_media_type: str = "application/json"
    #: The same body as a multipart form, where the wire takes either.
    form: type[msgspec.Struct] | None = None
    #: False when the query can say as much as the body.
    body_required: bool = True
    #: Files of a form body, by field, with what they are.
    files: Mapping[str, str] = field(default_factory=dict)
    files_required: bool = True
    file_media_types: Sequence[str] = tuple(IMAGE_TYPES)
    #: Query parameters, one field each.
    query: type[msgspec.Struct] | None = None
    #: Its name in the document, where method and path do not tell it from others.
    operation_id: str | None = None
    #: Error statuses that this operation can answer with, beyond those that `web.openapi` gives to all.
    errors: Sequence[int] = ()
    #: Answered without a key; the handler finds `ANYONE` as its principal.
    public: bool = False
    #: False for a path that only stands in for another one, for clients that miss it.
    documented: bool = True

    @property
    def creates(self) -> bool:
        """Whether it makes a task."""
        return self.scope is Scope.CREATE


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """An inbound wire."""

    name: str
    title: str
    #: What a client sets as base URL in place of this one.
    replaces: str
    #: What a client's base URL has behind the host here: "/v1".
    base_path: str = ""
    #: By variable that makes the vendor's own client come here, what its value has behind the host.
    client_settings: Mapping[str, str] = field(default_factory=dict)
    #: Where the wire's sources leave a choice, and what was chosen: the docstring of its structs.
    notes: str = ""
    #: Every path that starts so belongs to this wire.
    prefixes: tuple[str, ...]
    operations: tuple[Operation, ...]
    #: Return the API key that a request carries, or None. Pure.
    read_key: Callable[[Request], str | None]
    #: Turn an error, and the time of the answer, into this wire's own answer. Pure; knows every leaf of core.errors.
    error_answer: Callable[[ReelgateError, dt.datetime], WireAnswer]
    #: The wire's error bodies by status, for the document.
    error_bodies: Mapping[int, type[msgspec.Struct]]
    #: OpenAPI's security schemes by name; any one of them lets a request in.
    security: Mapping[str, Any]
    #: Say what is left of the limit of requests in this wire's own headers, where it has some. Pure but for the clock.
    limit_headers: Callable[[Allowance, Clock], Mapping[str, str]] | None = None
    #: Put the request's id into an answer, where the wire shows one. Pure.
    trace: Callable[[WireAnswer, str], WireAnswer] | None = None
    #: Return what a receiver is told of a task that has ended, where the wire has words for it.
    event_of: Callable[[Gateway, Task], Awaitable[WireEvent]] | None = None


def shown_task(call: Call, task: Task, show: Callable[[Gateway, Task], msgspec.Struct]) -> msgspec.Raw:
    """Return the JSON of `show(gateway, task)`, which polls of a task that has not changed share; note it in a header.

    It may depend on nothing else than the task, what never changes in the gateway, and links.
    """
    gateway = call.gateway
    add_notes(call, task)

    def make() -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(show(gateway, task)))

    # Links begin with the address that a client asked, where a trusted proxy says which.
    return gateway.tasks.view(task, show, (link_expiry(gateway), gateway.public_url), make)


def add_notes(call: Call, task: Task) -> None:
    """Have an answer that shows a task say what its engine made of the prompt."""
    if task.understanding is not None:
        notes = call.gateway.tasks.view(task, notes_of, None, lambda: notes_of(task.understanding))
        if notes is not None:
            call.headers[NOTES_HEADER] = notes


@lru_cache(256)
def _header_name(name: str) -> bytes:
    return name.lower().encode()


def error_headers(error: ReelgateError) -> dict[str, str]:
    """Return the headers that HTTP itself asks for with an error, whatever the wire. Pure."""
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, RateLimited):
        return {"Retry-After": str(error.retry_after_s)}
    return {}


def route_of(
    dialects: Sequence[Dialect],
    gateway: Gateway,
    authenticator: Authenticator,
    limiter: Limiter | None = None,
) -> WireRoute:
    """Return the route to all paths of some dialects, which count in one `limiter`.

    Other methods and paths under a dialect's prefixes answer its own errors; of two that share a prefix, the one with
    the longer paths stands first.
    """
    counted = limiter or Limiter()
    return WireRoute(
        [_paths_of(dialect, gateway, _Door(dialect, authenticator, counted, gateway.clock)) for dialect in dialects]
    )


def _paths_of(dialect: Dialect, gateway: Gateway, door: "_Door") -> WirePaths:
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in dialect.operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    known = known_paths((operation.method, operation.path) for operation in dialect.operations if operation.documented)
    return WirePaths(
        endpoints={path: _Endpoint(dialect, operations, known, gateway, door) for path, operations in by_path.items()},
        prefixes=dialect.prefixes,
        unknown=_Endpoint(dialect, {}, known, gateway, door),
    )


class _Door:
    """Lets a dialect's requests in: the key, how many requests it has left, and what it may do."""

    def __init__(self, dialect: Dialect, authenticator: Authenticator, limiter: Limiter, clock: Clock) -> None:
        self._dialect = dialect
        self._authenticator = authenticator
        self._limiter = limiter
        self._clock = clock

    async def enter(self, request: Request, scope: Scope, headers: dict[str, str]) -> Principal:
        """Return whose request it is; `headers` get what is left of the limits.

        Raises:
            KeyMissing, KeyInvalid, KeyForbidden: there is no key, or none for this.
            RateLimited: too many requests, or too many failed attempts from the caller's address.

        """
        try:
            principal = await self._authenticator.authenticate(self._dialect.read_key(request))
        except KeyInvalid as error:
            # Only failed attempts are refused: whoever shares the address and has a good key never notices.
            if refusal := self._limiter.fail(address_of(request.scope)):
                raise refusal from error
            raise
        if allowance := self._limiter.take(principal):
            headers.update(ietf_headers(allowance))
            if self._dialect.limit_headers:
                headers.update(self._dialect.limit_headers(allowance, self._clock))
            if refusal := allowance.refusal():
                raise refusal
        check_scope(principal.scopes, scope)
        return principal


class _Endpoint:
    """Serves one path of a dialect; an ASGI application, so that every method reaches it."""

    def __init__(
        self,
        dialect: Dialect,
        operations: Mapping[str, Operation],
        known: Sequence[KnownPath],
        gateway: Gateway,
        door: "_Door",
    ) -> None:
        self._dialect = dialect
        self._operations = operations
        self._gateway = gateway
        self._door = door
        self._known = known

    async def __call__(self, scope: HttpScope, receive: Receive, send: Send) -> None:
        request = WireRequest(scope, receive, send)
        headers: dict[str, str] = {}
        response = await self._answer(request, headers)
        if headers:
            given = response.raw_headers
            own = [name for name, _ in given]
            for name, value in headers.items():
                key = _header_name(name)
                if key not in own:
                    given.append((key, value.encode()))
        await response(scope, receive, send)

    async def _answer(self, request: Request, headers: dict[str, str]) -> Response:
        try:
            return self._traced(await self._handle(request, headers), request).to_response()
        except ReelgateError as error:
            if error.__cause__ is not None and not isinstance(error.__cause__, CallerError):
                _log.info("request.refused", dialect=self._dialect.name, code=error.code, cause=repr(error.__cause__))
            return self._refusal(error, request)
        # The edge: whatever a handler did not foresee is logged with its cause and hidden from the caller.
        except Exception as error:  # noqa: BLE001
            _log.error("request.failed", dialect=self._dialect.name, path=request.url.path, exc_info=error)
            return self._refusal(ServerMisconfigured("Internal error."), request)

    def _unknown(self, request: Request) -> ReelgateError:
        # The URL would be put together with whatever the client calls the host.
        method, path = request.method, request.scope["path"]
        if not self._operations:
            nearest = nearest_path(method, path, self._known)
            return RouteUnknown(f"There is no {method} {path[:200]}. The nearest is {nearest}.")
        with_method = nearest_path(method, path, [known for known in self._known if known.method == method])
        return MethodNotAllowed(sorted(self._operations), nearest=str(with_method) if with_method else None)

    def _refusal(self, error: ReelgateError, request: Request) -> Response:
        return self._traced(self._dialect.error_answer(error, self._gateway.clock()), request).to_response()

    def _traced(self, answer: Answer, request: Request) -> Answer:
        if self._dialect.trace and isinstance(answer, WireAnswer):
            return self._dialect.trace(answer, request_id_of(request.scope))
        return answer

    async def _handle(self, request: Request, headers: dict[str, str]) -> Answer:
        operation = self._operations.get("GET" if request.method == "HEAD" else request.method)
        if operation is None:
            raise self._unknown(request)
        principal = ANYONE
        if not operation.public:
            principal = await self._door.enter(request, operation.scope, headers)
        gateway, origin = self._gateway, origin_of(request.scope)
        if origin:
            gateway = replace(gateway, public_url=origin)
        call = Call(request=request, principal=principal, gateway=gateway, headers=headers)
        if not operation.creates:
            return await operation.handler(call)
        try:
            return await operation.handler(call)
        except OnceKeyReused:
            raise
        except CallerError as error:
            if reuse := await self._find_reuse(call):
                raise reuse from error
            raise

    async def _find_reuse(self, call: Call) -> OnceKeyReused | None:
        """Return how to refuse a request that cannot be accepted, where its key has made a task; else None."""
        try:
            once = once_of(call.request)
            made = await find_replay(call.gateway, call.principal, self._dialect.name, once) if once else None
        except OnceKeyReused as error:
            return error
        except FieldsInvalid:
            return None
        return OnceKeyReused(made.task.id, same_request=True) if made else None
