"""How veo4api says what went wrong: one table, class -> (status, code). Pure; used by `routes` and `translate`.

The page gives the statuses 400, 401, 402, 409, 429 and 500 and no body; see `wire` for the envelope.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from msgspec import UNSET, Struct

from reelgate.core import errors
from reelgate.core.errors import FieldsInvalid, OnceKeyReused, ReelgateError, TaskFinished
from reelgate.core.ids import to_base32
from reelgate.core.task import Failure
from reelgate.dialects.veo4api.wire import ID_PREFIX, ConflictBody, ErrorBody, ErrorDetail, FieldError, TaskError
from reelgate.web.dialect import WireAnswer, error_headers

TABLE: Final[Mapping[type[ReelgateError], tuple[int, str]]] = {
    errors.KeyMissing: (401, "api_key_missing"),
    errors.KeyInvalid: (401, "api_key_invalid"),
    errors.KeyForbidden: (403, "api_key_forbidden"),
    errors.BodyMalformed: (400, "invalid_body"),
    errors.BodyTooLarge: (413, "body_too_large"),
    errors.ContentTypeUnsupported: (415, "unsupported_content_type"),
    errors.FieldsInvalid: (400, "invalid_fields"),
    errors.PromptInvalid: (400, "invalid_prompt"),
    errors.ModelUnknown: (400, "unknown_model"),
    errors.ModeUnavailable: (400, "not_available"),
    errors.InputMissing: (400, "image_missing"),
    errors.InputUnreadable: (400, "image_unreadable"),
    # The picture is behind a URL, or text in a small enough body: 413 would blame the body.
    errors.InputTooLarge: (400, "image_too_large"),
    errors.InputUnreachable: (400, "image_unreachable"),
    errors.CreditsInsufficient: (402, "insufficient_credits"),
    errors.OnceKeyReused: (409, "idempotency_key_reused"),
    errors.BudgetExceeded: (402, "budget_exceeded"),
    errors.TaskUnknown: (404, "task_not_found"),
    errors.TaskNotReady: (409, "task_not_ready"),
    errors.TaskWithoutVideos: (404, "no_video"),
    errors.TaskFinished: (409, "task_finished"),
    errors.RouteUnknown: (404, "not_found"),
    errors.MethodNotAllowed: (405, "method_not_allowed"),
    errors.RateLimited: (429, "rate_limited"),
    errors.EngineFailed: (500, "generation_failed"),
    errors.EngineTimeout: (500, "generation_timeout"),
    errors.EngineRefused: (400, "content_policy_violation"),
    errors.EngineLost: (500, "generation_lost"),
    errors.StorageFull: (507, "storage_full"),
    errors.StorageUnavailable: (503, "service_unavailable"),
    errors.DatabaseUnavailable: (503, "service_unavailable"),
    errors.ServerBusy: (503, "service_unavailable"),
    errors.ServerMisconfigured: (500, "internal_error"),
}

ERROR_BODIES: Final[Mapping[int, type[Struct]]] = {
    **{status: ErrorBody for status, _ in TABLE.values()},
    409: ConflictBody,
}

_UNFORESEEN: Final = (500, "internal_error")
_FAILURE_CODES: Final = {kind.code: code for kind, (_, code) in TABLE.items()}


def error_answer(error: ReelgateError, now: dt.datetime) -> WireAnswer:  # noqa: ARG001 - no body here tells the time
    """Return this wire's answer to an error."""
    status, _ = TABLE.get(type(error), _UNFORESEEN)
    if isinstance(error, OnceKeyReused):
        # The page's one word on 409: fetch the existing task.
        body = ConflictBody(error=_detail(error), task_id=ID_PREFIX + to_base32(error.task_id))
        return WireAnswer(status=status, body=body)
    return WireAnswer(status=status, body=ErrorBody(error=_detail(error)), headers=error_headers(error))


def conflict_answer(error: TaskFinished, task_id: str) -> WireAnswer:
    """Return the answer to a request that conflicts with a task, named as this wire names it."""
    status, _ = TABLE[TaskFinished]
    return WireAnswer(status=status, body=ConflictBody(error=_detail(error), task_id=task_id))


def task_error(failure: Failure | None) -> TaskError:
    """Return why a task failed; it is said in general where nothing is known."""
    if failure is None:
        return TaskError(code="generation_failed", message="The generation failed.")
    return TaskError(code=_FAILURE_CODES.get(failure.code, "generation_failed"), message=failure.message)


def _detail(error: ReelgateError) -> ErrorDetail:
    _, code = TABLE.get(type(error), _UNFORESEEN)
    problems = error.problems if isinstance(error, FieldsInvalid) else ()
    fields = [FieldError(field=problem.field, message=problem.problem) for problem in problems]
    return ErrorDetail(code=code, message=str(error), fields=fields or UNSET)
