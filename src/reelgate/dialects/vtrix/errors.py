"""How Vtrix says what went wrong: one table, class -> (status, code). Pure; used by `routes` and `translate`.

The pages give the statuses 401, 403, 429 and 500; see `wire` for the envelope and the codes.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from reelgate.core import errors
from reelgate.core.errors import ModelUnknown, ReelgateError
from reelgate.core.task import Failure
from reelgate.dialects.vtrix.wire import ErrorBody, ErrorStatus, TaskError
from reelgate.web.dialect import WireAnswer, error_headers

_GENERATION_FAILED: Final = 2014001

TABLE: Final[Mapping[type[ReelgateError], tuple[int, int]]] = {
    errors.KeyMissing: (401, 40101),
    errors.KeyInvalid: (401, 40102),
    errors.KeyForbidden: (403, 40301),
    errors.BodyMalformed: (400, 40001),
    errors.BodyTooLarge: (413, 41301),
    errors.ContentTypeUnsupported: (415, 41501),
    errors.FieldsInvalid: (400, 40002),
    errors.PromptInvalid: (400, 40003),
    errors.ModelUnknown: (400, 40004),
    errors.ModeUnavailable: (400, 40005),
    errors.InputMissing: (400, 40006),
    errors.InputUnreadable: (400, 40007),
    # The picture is behind a URL, or text in a small enough body: 413 would blame the body.
    errors.InputTooLarge: (400, 40008),
    errors.InputUnreachable: (400, 40009),
    errors.CreditsInsufficient: (402, 40201),
    errors.OnceKeyReused: (409, 40903),
    errors.BudgetExceeded: (402, 40202),
    errors.TaskUnknown: (404, 40401),
    errors.TaskNotReady: (409, 40901),
    errors.TaskWithoutVideos: (404, 40402),
    errors.TaskFinished: (409, 40902),
    errors.RouteUnknown: (404, 40403),
    errors.MethodNotAllowed: (405, 40501),
    errors.RateLimited: (429, 42901),
    errors.EngineFailed: (500, _GENERATION_FAILED),
    errors.EngineTimeout: (500, _GENERATION_FAILED),
    errors.EngineRefused: (400, 40010),
    errors.EngineLost: (500, _GENERATION_FAILED),
    errors.StorageFull: (503, 50301),
    errors.StorageUnavailable: (503, 50302),
    errors.DatabaseUnavailable: (503, 50303),
    errors.ServerBusy: (503, 50304),
    errors.ServerMisconfigured: (500, 50001),
}

ERROR_BODIES: Final[Mapping[int, type[Struct]]] = {status: ErrorBody for status, _ in TABLE.values()}

_UNFORESEEN: Final = (500, 50001)
_MODEL_NOT_FOUND: Final = (404, 40404)
_CANCELED: Final = 49901
_FAILURE_CODES: Final = {kind.code: code for kind, (_, code) in TABLE.items()}


def error_answer(error: ReelgateError, now: dt.datetime) -> WireAnswer:  # noqa: ARG001 - no body here tells the time
    """Return this wire's answer to an error."""
    status, code = TABLE.get(type(error), _UNFORESEEN)
    return _answer(error, status, code)


def model_not_found(error: ModelUnknown) -> WireAnswer:
    """Return the answer to who asks for a model by its path: what is missing is the page, not a field."""
    return _answer(error, *_MODEL_NOT_FOUND)


def task_error(failure: Failure | None) -> TaskError:
    """Return why a task failed; it is said in general where nothing is known."""
    if failure is None:
        return _task_error(_GENERATION_FAILED, "The generation failed.")
    return _task_error(_FAILURE_CODES.get(failure.code, _GENERATION_FAILED), failure.message)


def canceled_error() -> TaskError:
    """Return why a task that was canceled is failed on this wire."""
    return _task_error(_CANCELED, "The task was canceled.")


def _task_error(code: int, message: str) -> TaskError:
    return TaskError(code=code, error_message=message, message=message)


def _answer(error: ReelgateError, status: int, code: int) -> WireAnswer:
    message = str(error)
    body = ErrorBody(
        status=ErrorStatus(code=status, message=message, error_code=code),
        data=None,
        message=message,
        error_code=code,
    )
    return WireAnswer(status=status, body=body, headers=error_headers(error))
