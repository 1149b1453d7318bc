"""How the Gemini API says what went wrong: one table, class -> (status, name of google.rpc.Code). Pure.

The sentences that clients are known to match on are kept word for word. Used by `routes` and `translate`.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from msgspec import UNSET, Struct

from reelgate.core import errors
from reelgate.core.errors import FieldProblem, FieldsInvalid, ReelgateError
from reelgate.core.ledger import to_credits, to_credits_down
from reelgate.core.task import Failure
from reelgate.dialects.gemini.wire import (
    JSON,
    BadRequest,
    ErrorBody,
    ErrorDetail,
    ErrorInfo,
    FieldViolation,
    OperationError,
    RetryInfo,
)
from reelgate.web.body import BODY_MAX_BYTES
from reelgate.web.dialect import WireAnswer, error_headers

TABLE: Final[Mapping[type[ReelgateError], tuple[int, str]]] = {
    errors.KeyMissing: (403, "PERMISSION_DENIED"),
    errors.KeyInvalid: (400, "INVALID_ARGUMENT"),
    errors.KeyForbidden: (403, "PERMISSION_DENIED"),
    errors.BodyMalformed: (400, "INVALID_ARGUMENT"),
    errors.BodyTooLarge: (400, "INVALID_ARGUMENT"),
    errors.ContentTypeUnsupported: (400, "INVALID_ARGUMENT"),
    errors.FieldsInvalid: (400, "INVALID_ARGUMENT"),
    errors.PromptInvalid: (400, "INVALID_ARGUMENT"),
    errors.ModelUnknown: (404, "NOT_FOUND"),
    errors.ModeUnavailable: (400, "INVALID_ARGUMENT"),
    errors.InputMissing: (400, "INVALID_ARGUMENT"),
    errors.InputUnreadable: (400, "INVALID_ARGUMENT"),
    errors.InputTooLarge: (400, "INVALID_ARGUMENT"),
    errors.InputUnreachable: (400, "INVALID_ARGUMENT"),
    errors.CreditsInsufficient: (429, "RESOURCE_EXHAUSTED"),
    errors.OnceKeyReused: (409, "ALREADY_EXISTS"),
    errors.BudgetExceeded: (429, "RESOURCE_EXHAUSTED"),
    errors.TaskUnknown: (403, "PERMISSION_DENIED"),
    errors.TaskNotReady: (400, "FAILED_PRECONDITION"),
    errors.TaskWithoutVideos: (404, "NOT_FOUND"),
    errors.TaskFinished: (400, "FAILED_PRECONDITION"),
    errors.RouteUnknown: (404, "NOT_FOUND"),
    errors.MethodNotAllowed: (405, "UNIMPLEMENTED"),
    errors.RateLimited: (429, "RESOURCE_EXHAUSTED"),
    errors.EngineFailed: (500, "INTERNAL"),
    errors.EngineTimeout: (504, "DEADLINE_EXCEEDED"),
    errors.EngineRefused: (400, "INVALID_ARGUMENT"),
    errors.EngineLost: (500, "INTERNAL"),
    errors.StorageFull: (503, "UNAVAILABLE"),
    errors.StorageUnavailable: (503, "UNAVAILABLE"),
    errors.DatabaseUnavailable: (503, "UNAVAILABLE"),
    errors.ServerBusy: (503, "UNAVAILABLE"),
    errors.ServerMisconfigured: (500, "INTERNAL"),
}

#: Beyond the table: what a range behind the end of a file is answered with, and what the document gives to every
#: operation of every wire although this one answers a wrong key with 400.
ERROR_BODIES: Final[Mapping[int, type[Struct]]] = {
    **{status: ErrorBody for status, _ in TABLE.values()},
    **dict.fromkeys((401, 413, 415, 416), ErrorBody),
}

#: The numbers of google.rpc.Code that an operation's error has.
CODES: Final = {
    "CANCELLED": 1,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
}

REFER: Final = "refer to the Gemini API documentation for supported usage."

_UNFORESEEN: Final = (500, "INTERNAL")
_FAILURE_CODES: Final = {kind.code: CODES[status] for kind, (_, status) in TABLE.items()}
_KEY_INVALID: Final = ErrorInfo(
    reason="API_KEY_INVALID",
    domain="googleapis.com",
    metadata={"service": "generativelanguage.googleapis.com"},
)


#: What is always said in the same words.
_SENTENCES: Final[Mapping[type[ReelgateError], str]] = {
    errors.KeyMissing: (
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API."
    ),
    errors.KeyInvalid: "API key not valid. Please pass a valid API key.",
    errors.BodyTooLarge: f"Request payload size exceeds the limit: {BODY_MAX_BYTES} bytes.",
    errors.ServerBusy: "The model is overloaded. Please try again later.",
}


def error_answer(error: ReelgateError, now: dt.datetime) -> WireAnswer:  # noqa: ARG001 - no body here tells the time
    """Return this wire's answer to an error."""
    code, status = TABLE.get(type(error), _UNFORESEEN)
    details = _details(error)
    detail = ErrorDetail(code=code, message=_message(error), status=status, details=details or UNSET)
    return WireAnswer(status=code, body=ErrorBody(error=detail), headers=JSON | error_headers(error))


def range_answer(headers: Mapping[str, str]) -> WireAnswer:
    """Return the answer to a range that a file does not have."""
    detail = ErrorDetail(code=416, message="The requested range cannot be satisfied.", status="OUT_OF_RANGE")
    return WireAnswer(status=416, body=ErrorBody(error=detail), headers=JSON | dict(headers))


def operation_error(failure: Failure | None) -> OperationError:
    """Return why an operation failed; it is said in general where nothing is known."""
    if failure is None:
        return OperationError(code=CODES["INTERNAL"], message="Internal error encountered.")
    return OperationError(code=_FAILURE_CODES.get(failure.code, CODES["INTERNAL"]), message=failure.message)


def canceled_error() -> OperationError:
    """Return what a canceled operation says."""
    return OperationError(code=CODES["CANCELLED"], message="The operation was cancelled.")


def unsupported(field: str) -> str:
    """Return the sentence about a field that a model, or the wire, does not take."""
    return f"`{field}` isn't supported by this model. Please remove it or {REFER}"


def sentence(problem: FieldProblem) -> str:
    """Return what is wrong with a field as a sentence; one that is a sentence already stays as it is."""
    if problem.problem.endswith("."):
        return problem.problem
    return f"`{problem.field}` {problem.problem}."


def _message(error: ReelgateError) -> str:
    match error:
        case FieldsInvalid():
            return " ".join(map(sentence, error.problems))
        case errors.ModeUnavailable():
            return f"{unsupported(error.field)} {error}"
        case errors.BodyMalformed():
            return f"Invalid JSON payload received. {error}"
        case errors.ModelUnknown():
            elsewhere = f" It is a model of another wire: {', '.join(error.elsewhere)}." if error.elsewhere else ""
            return (
                f"models/{error.model[:100]} is not found for API version v1beta, or is not supported for "
                "predictLongRunning. Call ListModels to see the list of available models and their supported methods."
                f"{elsewhere} Known models: {', '.join(error.known)}."
            )
        case errors.CreditsInsufficient() | errors.BudgetExceeded():
            bound = f" of {error.whose}" if isinstance(error, errors.BudgetExceeded) else ""
            return (
                "You exceeded your current quota, please check your plan and billing details. This request takes "
                f"{to_credits(error.required_microcredits)} credits; "
                f"{to_credits_down(error.available_microcredits)} are left{bound}."
            )
        case _:
            return _SENTENCES.get(type(error), str(error))


def _details(error: ReelgateError) -> list[ErrorInfo | BadRequest | RetryInfo]:
    match error:
        case errors.KeyInvalid():
            return [_KEY_INVALID]
        case FieldsInvalid():
            violations = [FieldViolation(field=p.field, description=sentence(p)) for p in error.problems]
            return [BadRequest(field_violations=violations)]
        case errors.RateLimited():
            return [RetryInfo(retry_delay=f"{error.retry_after_s}s")]
        case _:
            return []
