"""How OpenAI's wire says what went wrong: one table, class -> (status, type, code). Pure; `routes`, `translate` use it.

Types and codes are OpenAI's own where it has one for the case; the rest is said in `wire`.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from reelgate.core import errors
from reelgate.core.errors import (
    BudgetExceeded,
    CreditsInsufficient,
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
from reelgate.core.ports import Clock
from reelgate.core.task import Failure
from reelgate.dialects.openai.wire import ErrorBody, ErrorDetail, VideoError
from reelgate.web.dialect import WireAnswer, error_headers
from reelgate.web.limiter import Allowance

_REQUEST: Final = "invalid_request_error"
_SERVER: Final = "server_error"

TABLE: Final[Mapping[type[ReelgateError], tuple[int, str, str]]] = {
    errors.KeyMissing: (401, _REQUEST, "invalid_api_key"),
    errors.KeyInvalid: (401, _REQUEST, "invalid_api_key"),
    errors.KeyForbidden: (403, _REQUEST, "insufficient_permissions"),
    errors.BodyMalformed: (400, _REQUEST, "invalid_body"),
    errors.BodyTooLarge: (413, _REQUEST, "body_too_large"),
    errors.ContentTypeUnsupported: (415, _REQUEST, "unsupported_content_type"),
    errors.FieldsInvalid: (400, _REQUEST, "invalid_value"),
    errors.PromptInvalid: (400, _REQUEST, "invalid_value"),
    errors.ModelUnknown: (400, _REQUEST, "model_not_found"),
    errors.ModeUnavailable: (400, _REQUEST, "not_available"),
    errors.InputMissing: (400, _REQUEST, "missing_required_parameter"),
    errors.InputUnreadable: (400, _REQUEST, "invalid_image"),
    errors.InputTooLarge: (400, _REQUEST, "image_too_large"),
    errors.InputUnreachable: (400, _REQUEST, "invalid_image_url"),
    errors.CreditsInsufficient: (429, "insufficient_quota", "insufficient_quota"),
    # Clients of this wire try again after 409, which would not help.
    errors.OnceKeyReused: (422, _REQUEST, "idempotency_key_reused"),
    errors.BudgetExceeded: (429, "insufficient_quota", "billing_hard_limit_reached"),
    errors.TaskUnknown: (404, _REQUEST, "not_found"),
    errors.TaskNotReady: (400, _REQUEST, "video_not_ready"),
    errors.TaskWithoutVideos: (404, _REQUEST, "video_not_available"),
    # Clients of this wire try again after 409, which would not help.
    errors.TaskFinished: (400, _REQUEST, "video_finished"),
    errors.RouteUnknown: (404, _REQUEST, "unknown_url"),
    errors.MethodNotAllowed: (405, _REQUEST, "method_not_supported"),
    errors.RateLimited: (429, "requests", "rate_limit_exceeded"),
    errors.EngineFailed: (500, _SERVER, "generation_failed"),
    errors.EngineTimeout: (500, _SERVER, "generation_timeout"),
    errors.EngineRefused: (400, _REQUEST, "moderation_blocked"),
    errors.EngineLost: (500, _SERVER, "generation_failed"),
    errors.StorageFull: (503, _SERVER, "service_unavailable"),
    errors.StorageUnavailable: (503, _SERVER, "service_unavailable"),
    errors.DatabaseUnavailable: (503, _SERVER, "service_unavailable"),
    errors.ServerBusy: (503, _SERVER, "service_unavailable"),
    errors.ServerMisconfigured: (500, _SERVER, "internal_error"),
}

RANGE_STATUS: Final = 416

ERROR_BODIES: Final[Mapping[int, type[Struct]]] = {
    **{status: ErrorBody for status, _, _ in TABLE.values()},
    RANGE_STATUS: ErrorBody,
}

#: The field that has a video, and what codes of pictures are for it.
_VIDEO: Final = "video"
_OF_VIDEOS: Final = {"invalid_image": "invalid_video", "image_too_large": "video_too_large"}
_UNFORESEEN: Final = (500, _SERVER, "internal_error")
_FAILURE_CODES: Final = {kind.code: code for kind, (_, _, code) in TABLE.items()}


def error_answer(error: ReelgateError, now: dt.datetime) -> WireAnswer:  # noqa: ARG001 - no body here tells the time
    """Return this wire's answer to an error."""
    status, kind, code = TABLE.get(type(error), _UNFORESEEN)
    headers = error_headers(error)
    if isinstance(error, BudgetExceeded | CreditsInsufficient):
        headers |= {"x-should-retry": "false"}
    parameter = _parameter(error)
    if parameter == _VIDEO:
        code = _OF_VIDEOS.get(code, code)
    body = ErrorBody(error=ErrorDetail(message=str(error), type=kind, param=parameter, code=code))
    return WireAnswer(status=status, body=body, headers=headers)


def limit_headers(allowance: Allowance, clock: Clock) -> dict[str, str]:  # noqa: ARG001 - durations only
    """Return what every answer says of the limit of requests."""
    return {
        "x-ratelimit-limit-requests": str(allowance.limit),
        "x-ratelimit-remaining-requests": str(allowance.remaining),
        "x-ratelimit-reset-requests": f"{allowance.reset_s}s",
    }


def range_answer(headers: Mapping[str, str]) -> WireAnswer:
    """Return the answer to a range that the file does not have; `headers` say how large it is."""
    detail = ErrorDetail(message="The file has no such range.", type=_REQUEST, param=None, code="range_not_satisfiable")
    return WireAnswer(status=RANGE_STATUS, body=ErrorBody(error=detail), headers=headers)


def video_error(failure: Failure | None) -> VideoError:
    """Return why a task failed; it is said in general where nothing is known."""
    if failure is None:
        return VideoError(code="generation_failed", message="The generation failed.")
    return VideoError(code=_FAILURE_CODES.get(failure.code, "generation_failed"), message=failure.message)


def _parameter(error: ReelgateError) -> str | None:
    """Return the field that is to blame; of several, the first."""
    if isinstance(error, FieldsInvalid):
        return error.problems[0].field
    if isinstance(error, InputMissing | InputTooLarge | InputUnreachable | InputUnreadable | ModeUnavailable):
        return error.field
    if isinstance(error, ModelUnknown):
        return "model"
    return "prompt" if isinstance(error, PromptInvalid) else None
