"""Words a task's prompt for its engine: asks the prompt service where the request wants that, and keeps what came.

A prompt is never changed in silence: what was done, or could not be, stands in the result, and the final prompt stands
with the task beside the original. `worker.advance` calls it before it renders, `worker.submitting` before it submits.
"""

from dataclasses import dataclass, replace

import structlog

from reelgate.core.ports import Rendered, RewriteFailed
from reelgate.core.task import Task, TaskSpec
from reelgate.store.tasks import keep_final_prompt
from reelgate.worker.patience import patiently
from reelgate.worker.workshop import Workshop

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """The prompt that an engine is given, and what is told about it."""

    prompt: str
    understood: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def given(self, spec: TaskSpec) -> TaskSpec:
        """Return the spec as the engine is given it: this prompt, after the camera's move where there is one."""
        camera = f"Camera: {spec.camera}. " if spec.camera else ""
        return replace(spec, prompt=f"{camera}{self.prompt}")

    def told(self, rendered: Rendered) -> Rendered:
        """Return what was made with this wording told first."""
        told = rendered.understanding
        understanding = replace(
            told, understood=(*self.understood, *told.understood), ignored=(*self.ignored, *told.ignored)
        )
        return replace(rendered, understanding=understanding)


async def word_prompt(workshop: Workshop, task: Task, *, enhances: bool = True) -> Wording:
    """Return the prompt for a task's engine; a trouble of the prompt service changes nothing but what is told.

    Args:
        workshop: what the worker works with.
        task: as loaded in this step.
        enhances: the prompt is enhanced here; False where that is the engine's own part.

    Raises:
        DatabaseUnavailable: try again later; a prompt that was rewritten once is not rewritten again once it is kept.

    """
    spec = task.spec
    translate, enhance = spec.translate_prompt is True, spec.enhance_prompt is True and enhances
    done = _wished(translate=translate, enhance=enhance)
    if task.final_prompt is not None or workshop.prompts is None or not spec.prompt.strip() or not done:
        return wording_of(task, enhances=enhances, why="no prompt service is set up")
    try:
        final = await workshop.prompts.rewrite(spec.prompt, translate=translate, enhance=enhance)
    except RewriteFailed as problem:
        _log.warning("prompt.not_rewritten", task=str(task.id), cause=repr(problem.__cause__ or problem))
        return Wording(prompt=spec.prompt, ignored=(f"prompt: not {done}, {problem}",))
    await patiently(lambda: keep_final_prompt(workshop.database, task.id, final))
    return Wording(prompt=final, understood=(f"prompt: {done}",))


def wording_of(task: Task, *, enhances: bool, why: str) -> Wording:
    """Return what a task's engine was given; `why` is told where nothing was rewritten. Pure."""
    spec = task.spec
    done = _wished(translate=spec.translate_prompt is True, enhance=spec.enhance_prompt is True and enhances)
    if not spec.prompt.strip() or not done:
        return Wording(prompt=spec.prompt)
    if task.final_prompt is not None:
        return Wording(prompt=task.final_prompt, understood=(f"prompt: {done}",))
    return Wording(prompt=spec.prompt, ignored=(f"prompt: not {done}, {why}",))


def _wished(*, translate: bool, enhance: bool) -> str:
    return " and ".join(word for wished, word in ((translate, "translated"), (enhance, "enhanced")) if wished)
