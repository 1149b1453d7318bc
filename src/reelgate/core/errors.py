"""Everything that can go wrong, as one tree: codes and meanings only. Statuses and words are each dialect's own table.

ReelgateError
├── CallerError                 fix the request
│   ├── KeyMissing
│   ├── KeyInvalid              malformed, unknown or revoked; told apart to nobody
│   ├── KeyForbidden            the key may not do this, or not use this model
│   ├── BodyMalformed           not JSON, not a form, not UTF-8
│   ├── BodyTooLarge
│   ├── ContentTypeUnsupported
│   ├── FieldsInvalid           wrong type or out of range, named field by field
│   ├── PromptInvalid           empty, too long, control characters
│   ├── ModelUnknown
│   ├── ModeUnavailable         the model does not do it, or its route has no engine for it
│   ├── InputMissing            a picture is required
│   ├── InputUnreadable         truncated, not a picture, a bomb
│   ├── InputTooLarge
│   ├── InputUnreachable        its URL is refused or did not answer
│   ├── CreditsInsufficient
│   ├── BudgetExceeded          the cap of the key or the budget of the account is used up
│   ├── OnceKeyReused           the idempotency key belongs to another request
│   ├── TaskUnknown             no such task, or somebody else's: the same answer
│   ├── TaskNotReady            asked for the result too early
│   ├── TaskWithoutVideos       ended without a video
│   ├── TaskFinished            nothing left to cancel
│   ├── RouteUnknown            no such path
│   ├── MethodNotAllowed
│   └── RateLimited             too many requests, tasks, or failed attempts with keys
├── EngineError                 the engine failed
│   ├── EngineFailed            crashed, or made an unusable file
│   ├── EngineTimeout
│   ├── EngineRefused           the content policy of the engine
│   └── EngineLost              never came back
└── OperatorError               fix the server
    ├── StorageFull
    ├── StorageUnavailable
    ├── DatabaseUnavailable
    ├── ServerBusy
    └── ServerMisconfigured
"""

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class ReelgateError(Exception):
    """Something went wrong that reelgate has a name for.

    `str(error)` is a sentence for the caller; it never holds a secret or a path of the server.
    """

    code: ClassVar[str]
    #: The same request may succeed later.
    retryable: ClassVar[bool] = False


class CallerError(ReelgateError):
    """The request must change."""


class EngineError(ReelgateError):
    """The engine failed; the task fails and nothing is charged."""


class OperatorError(ReelgateError):
    """The server needs its operator."""

    retryable = True


class KeyMissing(CallerError):
    """No API key came with the request."""

    code = "key_missing"


class KeyInvalid(CallerError):
    """The API key is malformed, unknown or revoked."""

    code = "key_invalid"


class KeyForbidden(CallerError):
    """The API key may not do what is asked."""

    code = "key_forbidden"


class BodyMalformed(CallerError):
    """The body cannot be read as what it claims to be."""

    code = "body_malformed"


class BodyTooLarge(CallerError):
    """The body is larger than the server reads."""

    code = "body_too_large"


class ContentTypeUnsupported(CallerError):
    """The content type is not one that this path reads."""

    code = "content_type_unsupported"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field, in the wire's own name of it."""

    field: str
    problem: str


class FieldsInvalid(CallerError):
    """One or more fields have a wrong type or value."""

    code = "fields_invalid"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.field}: {p.problem}" for p in self.problems))


class PromptInvalid(CallerError):
    """The prompt is empty, too long or holds control characters."""

    code = "prompt_invalid"


class ModelUnknown(CallerError):
    """There is no such model on this wire."""

    code = "model_unknown"

    def __init__(self, model: str, known: Sequence[str], elsewhere: Sequence[str] = ()) -> None:
        self.model = model
        self.known = tuple(known)
        #: Wires that have a model of this name.
        self.elsewhere = tuple(elsewhere)
        where = f" It is on another wire: {', '.join(self.elsewhere)}." if elsewhere else ""
        super().__init__(f"Unknown model {model[:100]!r}.{where} Known models: {', '.join(self.known)}.")


class ModeUnavailable(CallerError):
    """The model, or its route so far, cannot do what is asked."""

    code = "mode_unavailable"

    def __init__(self, field: str, what: str, *, ever: bool = True) -> None:
        """Say what is missing; `ever` is False where it is not the route that lacks it, but the model itself."""
        self.field = field
        where = "on this model's route yet" if ever else "with this model"
        super().__init__(f"{field}: {what} is not available {where}.")


class InputMissing(CallerError):
    """A picture is required and none came."""

    code = "input_missing"

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class InputUnreadable(CallerError):
    """The bytes of an input are not a readable picture."""

    code = "input_unreadable"

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")


class InputTooLarge(CallerError):
    """An input has too many bytes or pixels."""

    code = "input_too_large"

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")


class InputUnreachable(CallerError):
    """An input's URL is refused or did not deliver."""

    code = "input_unreachable"

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")


class CreditsInsufficient(CallerError):
    """The account cannot pay for the task."""

    code = "credits_insufficient"

    def __init__(self, *, required_microcredits: int, available_microcredits: int) -> None:
        self.required_microcredits = required_microcredits
        self.available_microcredits = available_microcredits
        super().__init__("Not enough credits for this task.")


class BudgetExceeded(CallerError):
    """The account has the credits, but a bound on what may be spent stands in the way."""

    code = "budget_exceeded"

    def __init__(
        self, *, whose: str, required_microcredits: int, bound_microcredits: int, spent_microcredits: int
    ) -> None:
        #: Whose bound it is, in words: "this key's monthly cap".
        self.whose = whose
        self.required_microcredits = required_microcredits
        self.bound_microcredits = bound_microcredits
        #: What the bound still allows.
        self.available_microcredits = max(0, bound_microcredits - spent_microcredits)
        super().__init__(f"This task would exceed {whose}.")


class OnceKeyReused(CallerError):
    """The idempotency key has made a task of another request, or of one that would be refused now."""

    code = "idempotency_key_reused"

    def __init__(self, task_id: uuid.UUID, *, same_request: bool = False) -> None:
        self.task_id = task_id
        super().__init__(
            "This request was accepted before, with the same Idempotency-Key, and would be refused now."
            if same_request
            else "This Idempotency-Key was used with another request."
        )


class TaskUnknown(CallerError):
    """There is no such task among the caller's."""

    code = "task_unknown"


class TaskNotReady(CallerError):
    """The task has not finished."""

    code = "task_not_ready"


class TaskWithoutVideos(CallerError):
    """The task ended without a video."""

    code = "task_without_videos"


class TaskFinished(CallerError):
    """The task has ended and cannot be canceled."""

    code = "task_finished"


class RouteUnknown(CallerError):
    """There is no such path."""

    code = "route_unknown"


class MethodNotAllowed(CallerError):
    """The path exists, the method does not."""

    code = "method_not_allowed"

    def __init__(self, allowed: Sequence[str], nearest: str | None = None) -> None:
        self.allowed = tuple(allowed)
        #: Another path that has the method.
        also = f" The nearest with this method is {nearest}." if nearest else ""
        super().__init__(f"Method not allowed. Use {' or '.join(self.allowed)}.{also}")


class Limit(enum.Enum):
    """What there was too much of, with how to say so."""

    REQUESTS = "Too many requests."
    TASKS_IN_FLIGHT = "Too many tasks at once: {limit:,} are allowed."
    TASKS_QUEUED = "Too many tasks are waiting: {limit:,} are allowed."
    TASKS_PER_DAY = "Too many tasks today: {limit:,} are allowed."
    FAILED_KEYS = "Too many failed attempts with API keys from this address."


class RateLimited(CallerError):
    """Too many requests, or too many tasks."""

    code = "rate_limited"
    retryable = True

    def __init__(self, *, retry_after_s: int, limit: int, of: Limit = Limit.REQUESTS) -> None:
        self.retry_after_s = retry_after_s
        self.limit = limit
        self.of = of
        super().__init__(f"{of.value.format(limit=limit)} Try again in {retry_after_s} s.")


class EngineFailed(EngineError):
    """The engine crashed or made an unusable file."""

    code = "engine_failed"
    retryable = True


class EngineTimeout(EngineError):
    """The engine took longer than it may."""

    code = "engine_timeout"
    retryable = True


class EngineRefused(EngineError):
    """The engine's content policy refused the request."""

    code = "engine_refused"


class EngineLost(EngineError):
    """The engine never came back with a result."""

    code = "engine_lost"
    retryable = True


class StorageFull(OperatorError):
    """There is no room left for files."""

    code = "storage_full"


class StorageUnavailable(OperatorError):
    """The object store does not answer."""

    code = "storage_unavailable"


class DatabaseUnavailable(OperatorError):
    """The database does not answer."""

    code = "database_unavailable"


class ServerBusy(OperatorError):
    """The server has too much to do right now."""

    code = "server_busy"


class ServerMisconfigured(OperatorError):
    """A setting or the installation is wrong."""

    code = "server_misconfigured"
    retryable = False
