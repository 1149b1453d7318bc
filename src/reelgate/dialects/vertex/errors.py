"""How Vertex AI says what went wrong: one table, class -> (status, name of google.rpc.Code). Pure.

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
from reelgate.dialects.vertex.wire import (
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
    errors.KeyMissing: (401, "UNAUTHENTICATED"),
    errors.KeyInvalid: (401, "UNAUTHENTICATED"),
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
    errors.TaskUnknown: (404, "NOT_FOUND"),
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

#: Beyond the table: what the document gives to every operation that reads a body.
ERROR_BODIES: Final[Mapping[int, type[Struct]]] = {
    **{status: ErrorBody for status, _ in TABLE.values()},
    **dict.fromkeys((413, 415), ErrorBody),
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
    "UNAUTHENTICATED": 16,
}

_UNFORESEEN: Final = (500, "INTERNAL")
_FAILURE_CODES: Final = {kind.code: CODES[status] for kind, (_, status) in TABLE.items()}
_EXPECTED: Final = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
#: What is always said in the same words.
_SENTENCES: Final[Mapping[type[ReelgateError], str]] = {
    errors.KeyMissing: f"Request is missing required authentication credential. {_EXPECTED}",
    errors.KeyInvalid: f"Request had invalid authentication credentials. {_EXPECTED}",
    errors.BodyTooLarge: f"Request payload size exceeds the limit: {BODY_MAX_BYTES} bytes.",
}
_REASONS: Final[Mapping[type[ReelgateError], str]] = {
    errors.KeyMissing: "CREDENTIALS_MISSING",
    errors.KeyInvalid: "ACCESS_TOKEN_TYPE_UNSUPPORTED",
}


def error_answer(error: ReelgateError, now: dt.datetime) -> WireAnswer:  # noqa: ARG001 - no body here tells the time
    """Return this wire's answer to an error."""
    code, status = TABLE.get(type(error), _UNFORESEEN)
    details = _details(error)
    detail = ErrorDetail(code=code, message=_message(error), status=status, details=details or UNSET)
    return WireAnswer(status=code, body=ErrorBody(error=detail), headers=JSON | error_headers(error))


def operation_error(failure: Failure | None) -> OperationError:
    """Return why an operation failed; it is said in general where nothing is known."""
    if failure is None:
        return OperationError(code=CODES["INTERNAL"], message="Internal error encountered.")
    return OperationError(code=_FAILURE_CODES.get(failure.code, CODES["INTERNAL"]), message=failure.message)


def canceled_error() -> OperationError:
    """Return what a canceled operation says."""
    return OperationError(code=CODES["CANCELLED"], message="The operation was cancelled.")


def sentence(problem: FieldProblem) -> str:
    """Return what is wrong with a field as a sentence; one that is a sentence already stays as it is."""
    if problem.problem.endswith("."):
        return problem.problem
    return f"`{problem.field}` {problem.problem}."


def _message(error: ReelgateError) -> str:
    match error:
        case FieldsInvalid():
            return " ".join(map(sentence, error.problems))
        case errors.BodyMalformed():
            return f"Invalid JSON payload received. {error}"
        case errors.ModelUnknown():
            elsewhere = f" It is a model of another wire: {', '.join(error.elsewhere)}." if error.elsewhere else ""
            return (
                f"Publisher Model `publishers/google/models/{error.model[:100]}` was not found or your project does "
                "not have access to it. Please ensure you are using a valid model version. For more information, see: "
                f"https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions{elsewhere} "
                f"Known models: {', '.join(error.known)}."
            )
        case errors.CreditsInsufficient() | errors.BudgetExceeded():
            bound = f" of {error.whose}" if isinstance(error, errors.BudgetExceeded) else ""
            return (
                "Resource exhausted. Please check your plan and billing details. This request takes "
                f"{to_credits(error.required_microcredits)} credits; "
                f"{to_credits_down(error.available_microcredits)} are left{bound}."
            )
        case _:
            return _SENTENCES.get(type(error), str(error))


def _details(error: ReelgateError) -> list[ErrorInfo | BadRequest | RetryInfo]:
    match error:
        case errors.KeyMissing() | errors.KeyInvalid():
            metadata = {"service": "aiplatform.googleapis.com"}
            return [ErrorInfo(reason=_REASONS[type(error)], domain="googleapis.com", metadata=metadata)]
        case FieldsInvalid():
            violations = [FieldViolation(field=p.field, description=sentence(p)) for p in error.problems]
            return [BadRequest(field_violations=violations)]
        case errors.RateLimited():
            return [RetryInfo(retry_delay=f"{error.retry_after_s}s")]
        case _:
            return []
