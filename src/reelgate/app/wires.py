"""Every wire that is served, and what it tells receivers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from reelgate.core.task import Task
from reelgate.dialects.acedata.routes import DIALECT as ACEDATA
from reelgate.dialects.gemini.routes import DIALECT as GEMINI
from reelgate.dialects.openai.routes import DIALECT as OPENAI
from reelgate.dialects.veo3gen.routes import DIALECT as VEO3GEN
from reelgate.dialects.veo4api.routes import DIALECT as VEO4API
from reelgate.dialects.veoapi.routes import DIALECT as VEOAPI
from reelgate.dialects.vertex.routes import DIALECT as VERTEX
from reelgate.dialects.vtrix.routes import DIALECT as VTRIX
from reelgate.service.gateway import Gateway
from reelgate.web.dialect import Dialect, WireEvent
from reelgate.worker.deliver import Tell

#: Of two that share a prefix, the one with the longer paths stands first.
DIALECTS: Final[tuple[Dialect, ...]] = (VEO4API, VEO3GEN, ACEDATA, GEMINI, VERTEX, OPENAI, VEOAPI, VTRIX)


def wires_with_events() -> tuple[str, ...]:
    """Return the wires that have words for the end of a task."""
    return tuple(dialect.name for dialect in DIALECTS if dialect.event_of)


def tells_of(gateway: Gateway) -> Mapping[str, Tell]:
    """Return what each wire tells receivers of the end of a task."""

    def tell_of(event_of: Callable[[Gateway, Task], Awaitable[WireEvent]]) -> Tell:
        async def tell(task: Task) -> bytes:
            return msgspec.json.encode((await event_of(gateway, task)).body)

        return tell

    return {dialect.name: tell_of(dialect.event_of) for dialect in DIALECTS if dialect.event_of}
