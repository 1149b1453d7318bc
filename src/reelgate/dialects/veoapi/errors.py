"""How veoapi says what went wrong: one table, class -> (status, type, code). Pure; used by `routes` and `translate`.

The page gives the statuses 400, 401, 402, 429, 500 and 503 and OpenAI's envelope; see `wire` for the words.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from reelgate.core import errors
from reelgate.core.errors import (
    FieldsInvalid,
    InputMissing,
    InputTooLarge,
    InputUnreachable,
    InputUnreadable,
    ModelUnknown,
    ModeUnavailable,
    PromptInvalid,
    ReelgateError,
)
from reelgate.core.task import Failure
from reelgate.dialects.veoapi.wire import ErrorBody, ErrorDetail, TaskError
from reelgate.web.dialect import WireAnswer, error_headers

#: OpenAI's words for whose fault it is.
_CALLER: Final = "invalid_request_error"
_KEY: Final = "authentication_error"
_CREDITS: Final = "insufficient_quota"
_RATE: Final = "rate_limit_error"
_SERVER: Final = "server_error"

TABLE: Final[Mapping[type[ReelgateError], tuple[int, str, str]]] = {
    errors.KeyMissing: (401, _KEY, "missing_api_key"),
    errors.KeyInvalid: (401, _KEY, "invalid_api_key"),
    errors.KeyForbidden: (403, _KEY, "key_forbidden"),
    errors.BodyMalformed: (400, _CALLER, "invalid_body"),
    errors.BodyTooLarge: (413, _CALLER, "body_too_large"),
    errors.ContentTypeUnsupported: (415, _CALLER, "unsupported_content_type"),
    errors.FieldsInvalid: (400, _CALLER, "invalid_value"),
    errors.PromptInvalid: (400, _CALLER, "invalid_prompt"),
    errors.ModelUnknown: (400, _CALLER, "model_not_found"),
    errors.ModeUnavailable: (400, _CALLER, "not_available"),
    errors.InputMissing: (400, _CALLER, "image_missing"),
    errors.InputUnreadable: (400, _CALLER, "invalid_image"),
    # The picture is behind a URL: 413 would blame the body.
    errors.InputTooLarge: (400, _CALLER, "image_too_large"),
    errors.InputUnreachable: (400, _CALLER, "image_unreachable"),
    errors.CreditsInsufficient: (402, _CREDITS, "insufficient_credits"),
    errors.OnceKeyReused: (409, _CALLER, "idempotency_key_reused"),
    errors.BudgetExceeded: (402, _CREDITS, "budget_exceeded"),
    errors.TaskUnknown: (404, _CALLER, "generation_not_found"),
    errors.TaskNotReady: (409, _CALLER, "generation_not_ready"),
    errors.TaskWithoutVideos: (404, _CALLER, "no_video"),
    errors.TaskFinished: (409, _CALLER, "generation_finished"),
    errors.RouteUnknown: (404, _CALLER, "unknown_url"),
    errors.MethodNotAllowed: (405, _CALLER, "method_not_supported"),
    errors.RateLimited: (429, _RATE, "rate_limit_exceeded"),
    errors.EngineFailed: (500, _SERVER, "generation_failed"),
    errors.EngineTimeout: (500, _SERVER, "generation_timeout"),
    errors.EngineRefused: (400, _CALLER, "content_policy_violation"),
    errors.EngineLost: (500, _SERVER, "generation_lost"),
    # The page knows one answer of a server that cannot work now.
    errors.StorageFull: (503, _SERVER, "service_unavailable"),
    errors.StorageUnavailable: (503, _SERVER, "service_unavailable"),
    errors.DatabaseUnavailable: (503, _SERVER, "service_unavailable"),
    errors.ServerBusy: (503, _SERVER, "service_unavailable"),
    errors.ServerMisconfigured: (500, _SERVER, "internal_error"),
}

ERROR_BODIES: Final[Mapping[int, type[Struct]]] = {status: ErrorBody for status, _, _ in TABLE.values()}

_UNFORESEEN: Final = (500, _SERVER, "internal_error")
_FAILURES: Final = {kind.code: (fault, code) for kind, (_, fault, code) in TABLE.items()}
_FAILED: Final = (_SERVER, "generation_failed")

#: Why a task that was canceled through another wire is failed on this one.
CANCELED: Final = TaskError(message="The generation was canceled.", type=_CALLER, code="generation_canceled")


def error_answer(error: ReelgateError, now: dt.datetime) -> WireAnswer:  # noqa: ARG001 - no body here tells the time
    """Return this wire's answer to an error."""
    status, fault, code = TABLE.get(type(error), _UNFORESEEN)
    detail = ErrorDetail(message=str(error), type=fault, code=code, param=_param(error))
    return WireAnswer(status=status, body=ErrorBody(error=detail), headers=error_headers(error))


def model_not_found(error: ModelUnknown) -> WireAnswer:
    """Return the answer to who asks for a model that there is not: what is missing is the path here, not a field."""
    fault, code = TABLE[ModelUnknown][1:]
    return WireAnswer(
        status=404, body=ErrorBody(error=ErrorDetail(message=str(error), type=fault, code=code, param="model"))
    )


def task_error(failure: Failure | None) -> TaskError:
    """Return why a task failed; it is said in general where nothing is known."""
    if failure is None:
        fault, code = _FAILED
        return TaskError(message="The generation failed.", type=fault, code=code)
    fault, code = _FAILURES.get(failure.code, _FAILED)
    return TaskError(message=failure.message, type=fault, code=code)


def _param(error: ReelgateError) -> str | UnsetType:
    if isinstance(error, FieldsInvalid):
        return error.problems[0].field
    if isinstance(error, InputMissing | InputUnreadable | InputTooLarge | InputUnreachable | ModeUnavailable):
        return error.field
    if isinstance(error, PromptInvalid):
        return "prompt"
    return "model" if isinstance(error, ModelUnknown) else UNSET
