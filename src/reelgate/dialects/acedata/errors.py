"""How acedata says what went wrong: one table, class -> (status, code, envelope). Pure; used by `routes`, `translate`.

The pages' codes are kept; where two pages give a code two statuses, the newer one counts. See `wire` for the rest.
"""

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import UNSET, Struct

from reelgate.core import errors
from reelgate.core.errors import ReelgateError
from reelgate.core.task import Failure
from reelgate.dialects.acedata.wire import ErrorBody, ErrorDetail, Outcome
from reelgate.web.dialect import WireAnswer, error_headers

TRACE_HEADER: Final = "x-trace-id"

#: Who answers: the gateway in front, whose errors have no `success`, or the worker behind it.
_GATEWAY: Final = True
_WORKER: Final = False

TABLE: Final[Mapping[type[ReelgateError], tuple[int, str, bool]]] = {
    errors.KeyMissing: (400, "no_token", _GATEWAY),
    errors.KeyInvalid: (401, "invalid_token", _GATEWAY),
    errors.KeyForbidden: (403, "forbidden", _GATEWAY),
    errors.BodyMalformed: (400, "bad_request", _GATEWAY),
    errors.BodyTooLarge: (413, "bad_request", _GATEWAY),
    errors.ContentTypeUnsupported: (415, "bad_request", _GATEWAY),
    errors.FieldsInvalid: (400, "bad_request", _WORKER),
    errors.PromptInvalid: (400, "bad_request", _WORKER),
    errors.ModelUnknown: (400, "bad_request", _WORKER),
    errors.ModeUnavailable: (400, "api_not_implemented", _WORKER),
    errors.InputMissing: (400, "bad_request", _WORKER),
    errors.InputUnreadable: (400, "bad_request", _WORKER),
    # The picture is behind a URL: 413 would blame the body.
    errors.InputTooLarge: (400, "bad_request", _WORKER),
    errors.InputUnreachable: (400, "bad_request", _WORKER),
    errors.CreditsInsufficient: (403, "used_up", _GATEWAY),
    errors.OnceKeyReused: (409, "bad_request", _GATEWAY),
    errors.BudgetExceeded: (403, "used_up", _GATEWAY),
    errors.TaskUnknown: (404, "not_found", _WORKER),
    errors.TaskNotReady: (400, "bad_request", _WORKER),
    errors.TaskWithoutVideos: (400, "bad_request", _WORKER),
    errors.TaskFinished: (400, "bad_request", _WORKER),
    errors.RouteUnknown: (404, "no_api", _GATEWAY),
    errors.MethodNotAllowed: (405, "no_api", _GATEWAY),
    errors.RateLimited: (429, "too_many_requests", _GATEWAY),
    errors.EngineFailed: (500, "api_error", _WORKER),
    errors.EngineTimeout: (504, "timeout", _WORKER),
    # Moderation.
    errors.EngineRefused: (403, "forbidden", _WORKER),
    errors.EngineLost: (500, "api_error", _WORKER),
    errors.StorageFull: (503, "api_error", _WORKER),
    errors.StorageUnavailable: (503, "api_error", _WORKER),
    errors.DatabaseUnavailable: (503, "api_error", _WORKER),
    errors.ServerBusy: (503, "api_error", _WORKER),
    errors.ServerMisconfigured: (500, "api_error", _WORKER),
}

ERROR_BODIES: Final[Mapping[int, type[Struct]]] = {status: ErrorBody for status, _, _ in TABLE.values()}

_UNFORESEEN: Final = (500, "api_error", _WORKER)
_FAILURES: Final = {kind.code: (status, code) for kind, (status, code, _) in TABLE.items()}
_FAILED: Final = (500, "api_error")

#: The ids that requests are given here.
_PLAIN: Final = re.compile(r"[0-9a-f]{32}")

#: Why a task that was canceled through another wire has no video.
CANCELED: Final = (400, ErrorDetail(code="canceled", message="The task was canceled."))
#: Why a held connection ends without a result.
TIMEOUT: Final = (
    504,
    ErrorDetail(
        code="timeout",
        message="The task goes on: ask POST /veo/tasks for its result later, with action retrieve and this task_id.",
    ),
)


def error_answer(error: ReelgateError, now: dt.datetime) -> WireAnswer:  # noqa: ARG001 - no body here tells the time
    """Return this wire's answer to an error; `trace` puts the id of the request into it."""
    status, code, by_gateway = TABLE.get(type(error), _UNFORESEEN)
    body = ErrorBody(
        success=UNSET if by_gateway else False,
        error=ErrorDetail(code=code, message=str(error)),
        trace_id="",
    )
    return WireAnswer(status=status, body=body, headers=error_headers(error))


def task_error(failure: Failure | None) -> tuple[int, ErrorDetail]:
    """Return the status and the words of a task that failed; said in general where nothing is known."""
    if failure is None:
        status, code = _FAILED
        return status, ErrorDetail(code=code, message="The generation failed.")
    status, code = _FAILURES.get(failure.code, _FAILED)
    return status, ErrorDetail(code=code, message=failure.message)


def trace(answer: WireAnswer, request_id: str) -> WireAnswer:
    """Return an answer with its trace id in the header and, for an error, in the body: the task's or the request's."""
    trace_id = _as_uuid(request_id)
    body = answer.body
    if isinstance(body, ErrorBody):
        body = msgspec.structs.replace(body, trace_id=trace_id)
    elif isinstance(body, Outcome):
        trace_id = body.trace_id
    return WireAnswer(status=answer.status, body=body, headers={**answer.headers, TRACE_HEADER: trace_id})


def _as_uuid(request_id: str) -> str:
    """Return an id in the form that trace ids have; one that a caller chose itself may have another."""
    if _PLAIN.fullmatch(request_id):
        return f"{request_id[:8]}-{request_id[8:12]}-{request_id[12:16]}-{request_id[16:20]}-{request_id[20:]}"
    try:
        return str(uuid.UUID(request_id))
    except ValueError:
        return request_id
