"""How veo3gen says what went wrong: one table, class -> (status, code). Pure; used by `routes` and `translate`.

The codes of the page on errors are kept; those that it does not list are named in `wire`.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from msgspec import UNSET, Struct

from reelgate.core import errors
from reelgate.core.errors import (
    BudgetExceeded,
    CreditsInsufficient,
    EngineRefused,
    FieldsInvalid,
    KeyMissing,
    RateLimited,
    ReelgateError,
)
from reelgate.core.ledger import to_credits, to_credits_down
from reelgate.core.ports import Clock
from reelgate.core.task import Failure
from reelgate.dialects.veo3gen.wire import (
    CreditsErrorBody,
    ErrorBody,
    ErrorDetails,
    FieldError,
    RateLimitBody,
    RateLimitDetails,
    RateLimitError,
)
from reelgate.web.dialect import WireAnswer, error_headers
from reelgate.web.limiter import Allowance

TABLE: Final[Mapping[type[ReelgateError], tuple[int, str]]] = {
    errors.KeyMissing: (401, "INVALID_API_KEY"),
    errors.KeyInvalid: (401, "INVALID_API_KEY"),
    errors.KeyForbidden: (403, "FORBIDDEN"),
    errors.BodyMalformed: (400, "INVALID_REQUEST"),
    errors.BodyTooLarge: (413, "PAYLOAD_TOO_LARGE"),
    errors.ContentTypeUnsupported: (415, "UNSUPPORTED_MEDIA_TYPE"),
    errors.FieldsInvalid: (400, "INVALID_REQUEST"),
    errors.PromptInvalid: (400, "INVALID_PROMPT"),
    errors.ModelUnknown: (400, "INVALID_MODEL"),
    # What helps is another model, as with a model that does not exist.
    errors.ModeUnavailable: (400, "INVALID_MODEL"),
    errors.InputMissing: (400, "MISSING_IMAGE"),
    errors.InputUnreadable: (400, "INVALID_IMAGE"),
    errors.InputTooLarge: (413, "IMAGE_TOO_LARGE"),
    errors.InputUnreachable: (400, "INVALID_IMAGE"),
    errors.CreditsInsufficient: (402, "INSUFFICIENT_CREDITS"),
    errors.OnceKeyReused: (409, "IDEMPOTENCY_KEY_REUSED"),
    errors.BudgetExceeded: (402, "INSUFFICIENT_CREDITS"),
    errors.TaskUnknown: (404, "TASK_NOT_FOUND"),
    errors.TaskNotReady: (400, "VIDEO_NOT_READY"),
    errors.TaskWithoutVideos: (404, "NO_VIDEOS"),
    errors.TaskFinished: (409, "TASK_FINISHED"),
    errors.RouteUnknown: (404, "NOT_FOUND"),
    errors.MethodNotAllowed: (405, "METHOD_NOT_ALLOWED"),
    errors.RateLimited: (429, "RATE_LIMIT_EXCEEDED"),
    errors.EngineFailed: (500, "GENERATION_FAILED"),
    errors.EngineTimeout: (500, "GENERATION_FAILED"),
    errors.EngineRefused: (400, "CONTENT_POLICY_VIOLATION"),
    errors.EngineLost: (500, "GENERATION_FAILED"),
    # The pages know one answer of a server that cannot work now.
    errors.StorageFull: (503, "SERVICE_UNAVAILABLE"),
    errors.StorageUnavailable: (503, "SERVICE_UNAVAILABLE"),
    errors.DatabaseUnavailable: (503, "SERVICE_UNAVAILABLE"),
    errors.ServerBusy: (503, "SERVICE_UNAVAILABLE"),
    errors.ServerMisconfigured: (500, "INTERNAL_ERROR"),
}

ERROR_BODIES: Final[Mapping[int, type[Struct]]] = {
    **{status: ErrorBody for status, _ in TABLE.values()},
    402: CreditsErrorBody,
    429: RateLimitBody,
}

_UNFORESEEN: Final = (500, "INTERNAL_ERROR")
_FAILURE_CODES: Final = {kind.code: code for kind, (_, code) in TABLE.items()}
#: The first field that is wrong decides, where the pages have a code for it.
_FIELD_CODES: Final = {"prompt": "INVALID_PROMPT", "model": "INVALID_MODEL"}


def error_answer(error: ReelgateError, now: dt.datetime) -> WireAnswer:
    """Return this wire's answer to an error; `now` counts for 429, which says when the limit is reset."""
    status, code = TABLE.get(type(error), _UNFORESEEN)
    if isinstance(error, RateLimited):
        return _rate_limit_answer(error, status=status, code=code, now=now)
    if isinstance(error, BudgetExceeded | CreditsInsufficient):
        paid = CreditsErrorBody(
            success=False,
            error=code,
            message=str(error),
            required=to_credits(error.required_microcredits),
            available=to_credits_down(error.available_microcredits),
        )
        return WireAnswer(status=status, body=paid)
    details: ErrorDetails | None = None
    if isinstance(error, FieldsInvalid):
        code = _FIELD_CODES.get(error.problems[0].field, code)
        fields = [FieldError(field=problem.field, message=problem.problem) for problem in error.problems]
        details = ErrorDetails(fields=fields)
    elif isinstance(error, EngineRefused):
        details = ErrorDetails(reason=str(error))
    message = "Missing X-API-Key header" if isinstance(error, KeyMissing) else str(error)
    body = ErrorBody(success=False, error=code, message=message, details=details or UNSET)
    return WireAnswer(status=status, body=body, headers=error_headers(error))


def limit_headers(allowance: Allowance, clock: Clock) -> dict[str, str]:
    """Return what the page gives every answer: what is left of the limit of requests, and when all is there again."""
    reset = int(clock().timestamp()) + allowance.reset_s
    return _limit_headers(allowance.limit, allowance.remaining, reset, allowance.retry_after_s)


def failure_words(failure: Failure | None) -> tuple[str, str]:
    """Return the code and the message of a task that failed; said in general where nothing is known."""
    if failure is None:
        return "GENERATION_FAILED", "The generation failed."
    return _FAILURE_CODES.get(failure.code, "GENERATION_FAILED"), failure.message


def _rate_limit_answer(error: RateLimited, *, status: int, code: str, now: dt.datetime) -> WireAnswer:
    details = RateLimitDetails(
        limit=error.limit,
        remaining=0,
        reset=int(now.timestamp()) + error.retry_after_s,
        retry_after=error.retry_after_s,
    )
    headers = _limit_headers(details.limit, details.remaining, details.reset, details.retry_after)
    body = RateLimitBody(success=False, error=RateLimitError(code=code, message=str(error), details=details))
    return WireAnswer(status=status, body=body, headers=headers | error_headers(error))


def _limit_headers(limit: int, remaining: int, reset: int, retry_after: int) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
        "X-RateLimit-Retry-After": str(retry_after),
    }
