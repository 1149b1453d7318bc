"""An engine around another one that does to a task what its prompt has rehearsed, and nothing to any other.

It knows no engine: the one inside is given. What `core.rehearsal` reads happens here as far as an engine can make it
happen; queueing is the worker's, and refusals at submit are the service's.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from reelgate.core.errors import EngineError, EngineFailed, EngineLost, EngineRefused, EngineTimeout
from reelgate.core.ports import Capabilities, LocalEngine, Rendered, RenderOrder
from reelgate.core.rehearsal import Fail, Rehearsal, read_rehearsal, without_directives
from reelgate.core.task import Understanding

#: How often progress is told while time is passed.
_TICK_S: Final = 0.2

_ERRORS: Final[dict[Fail, tuple[type[EngineError], str]]] = {
    "error": (EngineFailed, "The generation failed, as rehearsed."),
    "timeout": (EngineTimeout, "The generation took too long, as rehearsed."),
    "refused": (EngineRefused, "The request was refused by a rehearsed content policy."),
    "lost": (EngineLost, "The generation was lost, as rehearsed."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """The engine inside, with rehearsals."""

    engine: LocalEngine

    @property
    def name(self) -> str:
        """Return the name of the engine inside."""
        return self.engine.name

    @property
    def capabilities(self) -> Capabilities:
        """Return what the engine inside can do."""
        return self.engine.capabilities

    async def render(self, order: RenderOrder, report: Callable[[int], None]) -> Rendered:
        """Make the videos of `order` as its prompt has it rehearsed; see the port.

        Raises:
            EngineError: as rehearsed, or from the engine inside.

        """
        if not order.spec.rehearsed:
            return await self.engine.render(order, report)
        rehearsal = read_rehearsal(order.spec.prompt) or Rehearsal()

        def report_up_to(percent: int) -> None:
            report(percent if rehearsal.progress is None else min(percent, rehearsal.progress))

        if rehearsal.fail:
            await _pass(rehearsal.run_s, report_up_to)
            kind, message = _ERRORS[rehearsal.fail]
            raise kind(message)
        kept = plan_order(order, rehearsal)
        passing = _pass(rehearsal.run_s, report_up_to)
        if kept.spec.samples:
            rendering = self.engine.render(kept, _say_nothing if rehearsal.run_s else report_up_to)
            made, _ = await asyncio.gather(rendering, passing)
        else:
            await passing
            made = Rendered(samples=(), understanding=Understanding())
        filtered = order.spec.samples - kept.spec.samples
        return replace(made, filtered=filtered, reasons=(rehearsal.reason,) if filtered else ())


def plan_order(order: RenderOrder, rehearsal: Rehearsal) -> RenderOrder:
    """Return what the engine inside is told: what there is to draw, of as many samples as are left. Pure."""
    spec = order.spec
    duration_s = spec.duration_s
    if rehearsal.wrong_duration:
        duration_s += -1 if duration_s > 1 else 1
    return replace(
        order,
        spec=replace(
            spec,
            prompt=without_directives(spec.prompt),
            samples=max(0, spec.samples - rehearsal.filtered),
            duration_s=duration_s,
        ),
    )


async def _pass(seconds: float, report: Callable[[int], None]) -> None:
    """Let time pass, telling how much of it has."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    while (passed_s := loop.time() - began_s) < seconds:
        report(int(100 * passed_s / seconds))
        await asyncio.sleep(min(_TICK_S, seconds - passed_s))


def _say_nothing(_: int) -> None:
    """Keep the progress of the engine inside to itself."""
