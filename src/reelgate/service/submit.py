"""Accept a task: check, quote, fetch and check its inputs, then reserve and store it in one statement.

Everything that can be refused without work is refused first: no picture is fetched for a request that its model or its
account does not allow.
"""

import contextlib
import datetime as dt
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from reelgate.core.catalogue import Model, check_source, check_spec, one_of
from reelgate.core.errors import (
    BudgetExceeded,
    CallerError,
    CreditsInsufficient,
    FieldProblem,
    FieldsInvalid,
    Limit,
    ModeUnavailable,
    OnceKeyReused,
    ServerBusy,
)
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.keys import check_model
from reelgate.core.media import frame_size
from reelgate.core.once import Once
from reelgate.core.plans import plan_refusal, too_many_tasks
from reelgate.core.ports import Capabilities
from reelgate.core.pricing import quote
from reelgate.core.prompt import SHORT_TEXT_MAX_CHARS, check_prompt, text_problem
from reelgate.core.task import AspectRatio, Mode, PersonGeneration, Resolution, State, Task, TaskSpec
from reelgate.kit.fetch import FetchRefused, FetchRules
from reelgate.kit.post import refuse_obvious
from reelgate.service.gateway import Gateway
from reelgate.service.inputs import discard_inputs, store_inputs
from reelgate.service.rehearsal import with_rehearsal
from reelgate.store.accounts import Principal, load_balance
from reelgate.store.tasks import NewTask, Refusal, Refused, accept_task, count_tasks_of, find_once

#: A local render that has not ended by then is given up and its credits return.
DEADLINE: Final = dt.timedelta(hours=1)
#: The same for a task that may wait in line for an upstream.
REMOTE_DEADLINE: Final = dt.timedelta(hours=6)

SEEDS: Final = 2**32

_NOT_ON_ROUTE: Final = "is not understood by any engine of this model's route; leave it out"


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """A request as a dialect has read it."""

    dialect: str
    spec: TaskSpec
    #: The wire's names of spec fields, for messages.
    field_names: Mapping[str, str]
    #: The wire's field that asks for the mode, named when the route lacks it.
    mode_field: str = "mode"
    #: The task whose spec this one takes over.
    remix_of: uuid.UUID | None = None
    #: What is asked for in words, where the mode does not say it: "4k". Said when the route lacks it.
    wanted: str | None = None
    #: The request as JSON text, where the wire shows it again.
    wire_request: str | None = None
    #: Whether the shape was left open: an extension then has that of its source.
    shape_open: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A task that is in the database."""

    task: Task
    #: What the account has left, in microcredits.
    available_microcredits: int
    #: It was accepted before, and this is that answer again.
    replayed: bool = False


async def submit(
    gateway: Gateway,
    principal: Principal,
    submission: Submission,
    once: Once | None = None,
) -> Accepted:
    """Accept a task for an account.

    With `once` it may be repeated: one task is made, and every call returns it as it was accepted. Without, each call
    makes a task of its own.

    Raises:
        OnceKeyReused: another request was made with that key.
        CallerError: the request is refused; nothing was stored or charged.
        OperatorError: the server cannot store it now.

    """
    replay: Accepted | None = None
    if once and submission.spec.inputs:
        # Nothing is fetched for what is there already.
        replay = await find_replay(gateway, principal, submission.dialect, once)
    if replay:
        return replay
    try:
        return await _submit(gateway, principal, submission, once)
    except (CallerError, ServerBusy):
        # Whatever would be refused now, what was accepted before stays accepted.
        replay = await find_replay(gateway, principal, submission.dialect, once) if once else None
        if replay is None:
            raise
        return replay


async def find_replay(gateway: Gateway, principal: Principal, dialect: str, once: Once) -> Accepted | None:
    """Return what a request has made when it came before, or None.

    Raises:
        OnceKeyReused: what came before with its key was another request.

    """
    made = await find_once(gateway.database, principal.account_id, dialect, once.key)
    if made is None:
        return None
    if made.fingerprint != once.fingerprint:
        raise OnceKeyReused(made.task.id)
    return Accepted(task=made.task, available_microcredits=made.available_microcredits, replayed=True)


async def _submit(gateway: Gateway, principal: Principal, submission: Submission, once: Once | None) -> Accepted:
    model = gateway.catalogue.models[submission.spec.model]
    spec = with_shape(model, submission.spec, submission)
    engine = plan_engine(model, spec, submission, gateway.capabilities)
    check_webhooks(spec, submission.field_names, gateway.fetch_rules)
    spec = with_rehearsal(spec, allowed=engine in gateway.rehearsing)
    remote = gateway.capabilities[engine].remote
    check_model(principal.models, spec.model)
    if spec.mode is Mode.EXTEND:
        spec = replace(spec, added_s=model.added_s)
    quoted = quote(model, spec, submission.dialect)
    price = quoted.microcredits
    spec = with_seed(spec, gateway.random(4))
    if spec.inputs:
        refuse_length(model, spec, submission)
        # Without any, the statement that accepts the task finds out.
        await _refuse_without_credits(gateway, principal, price)
        await _refuse_beyond_plan(gateway, principal)
        spec = with_shape(model, await _stored(gateway, model, spec, submission), submission)
    now = gateway.clock()
    new = NewTask(
        id=new_id(now, gateway.random(RANDOM_BYTES)),
        account_id=principal.account_id,
        dialect=submission.dialect,
        spec=spec,
        engine=engine,
        price_microcredits=price,
        rates=quoted.rates,
        created_at=now,
        deadline_at=now + (REMOTE_DEADLINE if remote else DEADLINE),
        remix_of=submission.remix_of,
        wire_request=submission.wire_request,
        once=once,
        key_id=principal.spender_id,
        remote=remote,
        plan=principal.plan,
    )
    accepted = await accept_task(gateway.database, new)
    if isinstance(accepted, Refusal):
        await discard_inputs(gateway, spec)
        # Where a twin of the request was faster, `submit` finds its task.
        raise refusal_error(accepted, price, now)
    return Accepted(task=_task_from(new), available_microcredits=accepted)


def plan_engine(
    model: Model,
    spec: TaskSpec,
    submission: Submission,
    capabilities: Mapping[str, Capabilities],
) -> str:
    """Check a spec against its model and return the first engine of the route that can serve it. Pure.

    Raises:
        PromptInvalid: the prompt cannot be used.
        FieldsInvalid: the model does not allow some fields.
        ModeUnavailable: no engine of the route can do what is asked.

    """
    names = submission.field_names
    check_prompt(spec.prompt, model.prompt_max_chars)
    texts = (("negative_prompt", spec.negative_prompt), ("watermark", spec.watermark))
    found: list[FieldProblem | None] = [
        text_problem(names.get(field, field), text, SHORT_TEXT_MAX_CHARS) for field, text in texts
    ]
    if spec.seed is not None and not 0 <= spec.seed < SEEDS:
        found.append(FieldProblem(names.get("seed", "seed"), f"must be 0 to {SEEDS - 1}, not {spec.seed}"))
    problems = [problem for problem in (*found, *check_spec(model, spec, names, submission.dialect)) if problem]
    if problems:
        raise FieldsInvalid(problems)
    if spec.mode not in model.modes_on(submission.dialect):
        raise ModeUnavailable(submission.mode_field, _MODE_NAMES[spec.mode], ever=False)
    for engine in model.route:
        if engine in capabilities and can_serve(capabilities[engine], spec):
            return engine
    for able in (capabilities[name] for name in model.route if name in capabilities):
        # What engines elsewhere lack is theirs alone, so the model's rules do not say it.
        if able.remote and spec.mode in able.modes:
            raise FieldsInvalid([FieldProblem(names.get(f, f), problem) for f, problem in lacking(able, spec).items()])
    raise ModeUnavailable(submission.mode_field, submission.wanted or _MODE_NAMES[spec.mode])


def with_shape(model: Model, spec: TaskSpec, submission: Submission) -> TaskSpec:
    """Give an extension the shape of the model's that is nearest to its source's, where the caller left it open. Pure.

    What it costs does not depend on it.
    """
    source = spec.source_video
    if not submission.shape_open or spec.mode is not Mode.EXTEND or source is None or not source.height_px:
        return spec
    shape = math.log(source.width_px / source.height_px)

    def difference(ratio: AspectRatio) -> float:
        width, height = frame_size(spec.resolution, ratio)
        return abs(math.log(width / height) - shape)

    return replace(spec, aspect_ratio=min(model.aspect_ratios, key=difference))


def refuse_length(model: Model, spec: TaskSpec, submission: Submission) -> None:
    """Refuse to extend a video whose length is known and does not allow it. Pure.

    Raises:
        FieldsInvalid: it is too short, or would become too long.

    """
    if problem := check_source(model, spec, submission.dialect):
        raise FieldsInvalid([problem])


def check_webhooks(spec: TaskSpec, names: Mapping[str, str], rules: FetchRules) -> None:
    """Refuse addresses for webhooks that would be refused whenever one is sent. Pure.

    Raises:
        FieldsInvalid: some are.

    """
    problems = []
    for url in filter(None, (spec.webhook_url, *spec.webhook_copies)):
        try:
            refuse_obvious(url, rules)
        except FetchRefused as error:
            problems.append(FieldProblem(names.get("webhook_url", "webhook_url"), f"is not called: {error}"))
    if problems:
        raise FieldsInvalid(problems)


def can_serve(capabilities: Capabilities, spec: TaskSpec) -> bool:
    """Return whether an engine can do all that `spec` asks. Pure."""
    return (
        spec.mode in capabilities.modes
        and spec.aspect_ratio in capabilities.aspect_ratios
        and spec.resolution in capabilities.resolutions
        and spec.duration_s in capabilities.lengths_s(spec.model)
        and spec.samples <= capabilities.samples_max
        and (capabilities.audio or not spec.audio)
        and (capabilities.gifs or not spec.gif)
        and not missing_words(capabilities, spec)
    )


def lacking(capabilities: Capabilities, spec: TaskSpec) -> dict[str, str]:
    """Return, by field, what an engine that has the mode cannot do of what `spec` asks. Pure."""
    able = capabilities
    ratios = one_of(sorted(able.aspect_ratios))
    resolutions = one_of([resolution for resolution in Resolution if resolution in able.resolutions])
    lengths = able.lengths_s(spec.model)
    checks = (
        ("aspect_ratio", spec.aspect_ratio in able.aspect_ratios, f"must be {ratios}"),
        ("resolution", spec.resolution in able.resolutions, f"must be {resolutions}"),
        ("duration_s", spec.duration_s in lengths, f"must be {one_of(lengths)}"),
        ("samples", spec.samples <= able.samples_max, f"must be {able.samples_max} at most"),
        ("audio", able.audio or not spec.audio, "must be false"),
        ("gif", able.gifs or not spec.gif, "must be false"),
    )
    problems = {field: f"{words} on this model's route" for field, fits, words in checks if not fits}
    return problems | dict.fromkeys(missing_words(able, spec), _NOT_ON_ROUTE)


def missing_words(capabilities: Capabilities, spec: TaskSpec) -> tuple[str, ...]:
    """Return the fields with which `spec` says something that an engine has no word for. Pure."""
    fields = (
        ("negative_prompt", spec.negative_prompt, capabilities.negative_prompts),
        ("watermark", spec.watermark, capabilities.watermarks),
        ("person_generation", spec.person_generation is PersonGeneration.DONT_ALLOW, capabilities.person_rules),
    )
    return tuple(field for field, said, understood in fields if said and not understood)


def with_seed(spec: TaskSpec, random: bytes) -> TaskSpec:
    """Choose a seed where the caller left it open, so that a repeated render makes the same video. Pure."""
    return spec if spec.seed is not None else replace(spec, seed=int.from_bytes(random, "big") % SEEDS)


def refusal_error(refusal: Refusal, price_microcredits: int, now: dt.datetime) -> CallerError:
    """Return what a caller is told whose task was not accepted. Pure."""
    if refusal.why in _LIMITS and refusal.bound is not None:
        return too_many_tasks(_LIMITS[refusal.why], refusal.bound, now)
    if refusal.bound is None or refusal.spent is None:
        return CreditsInsufficient(required_microcredits=price_microcredits, available_microcredits=refusal.available)
    return BudgetExceeded(
        whose=_BOUNDS[refusal.why],
        required_microcredits=price_microcredits,
        bound_microcredits=refusal.bound,
        spent_microcredits=refusal.spent,
    )


_LIMITS: Final = {
    Refused.TASKS_IN_FLIGHT: Limit.TASKS_IN_FLIGHT,
    Refused.TASKS_QUEUED: Limit.TASKS_QUEUED,
    Refused.TASKS_PER_DAY: Limit.TASKS_PER_DAY,
}
_BOUNDS: Final = {
    Refused.ACCOUNT_MONTH: "the monthly budget of this account",
    Refused.KEY_TOTAL: "the spending cap of this key",
    Refused.KEY_MONTH: "the monthly spending cap of this key",
}


async def _stored(gateway: Gateway, model: Model, spec: TaskSpec, submission: Submission) -> TaskSpec:
    """Return a spec with its inputs stored; nothing stays of them where its source has the wrong length."""
    stored = await store_inputs(gateway, spec)
    async with contextlib.AsyncExitStack() as undo:
        undo.push_async_callback(discard_inputs, gateway, stored)
        refuse_length(model, stored, submission)
        undo.pop_all()
    return stored


async def _refuse_without_credits(gateway: Gateway, principal: Principal, price: int) -> None:
    available, _ = await load_balance(gateway.database, principal.account_id)
    if available < price:
        raise CreditsInsufficient(required_microcredits=price, available_microcredits=available)


async def _refuse_beyond_plan(gateway: Gateway, principal: Principal) -> None:
    if not principal.plan.limits_tasks:
        return
    now = gateway.clock()
    counts = await count_tasks_of(gateway.database, principal.account_id, now)
    if refusal := plan_refusal(principal.plan, counts, now):
        raise refusal


def _task_from(new: NewTask) -> Task:
    return Task(
        id=new.id,
        account_id=new.account_id,
        dialect=new.dialect,
        spec=new.spec,
        state=State.QUEUED,
        engine=new.engine,
        price_microcredits=new.price_microcredits,
        rates=new.rates,
        created_at=new.created_at,
        remix_of=new.remix_of,
        wire_request=new.wire_request,
        remote=new.remote,
    )


_MODE_NAMES: Final = {
    Mode.TEXT_TO_VIDEO: "text to video",
    Mode.IMAGE_TO_VIDEO: "image to video",
    Mode.FIRST_LAST_FRAME: "first and last frame",
    Mode.REFERENCE_TO_VIDEO: "reference to video",
    Mode.EXTEND: "extending a video",
    Mode.UPSCALE: "upscaling a video",
}
