"""The engine port for Gemini Omni by the Interactions API: create in the background, ask, cancel, fetch by uri.

It has no word for what must not be seen, for a mark in a corner, for who may appear, and for a last picture; routes
decide what follows. Its multi-turn edits of an earlier video have no mode here.
"""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec

from reelgate.core.errors import EngineRefused
from reelgate.core.ports import Capabilities
from reelgate.core.task import AspectRatio, Resolution
from reelgate.core.upstream import (
    Failed,
    Gone,
    HttpCall,
    HttpReply,
    NotNow,
    Place,
    RemoteOrder,
    SubmitAnswer,
    Unclear,
    Unknown,
    UpstreamJob,
    UpstreamStatus,
    read_poll_trouble,
    read_trouble,
)
from reelgate.engines.omni.translate import TASKS, read_interaction, read_problem, to_request, to_status

KIND: Final = "omni"
BASE_URL: Final = "https://generativelanguage.googleapis.com"
MODEL: Final = "gemini-omni-1.2-flash"

CAPABILITIES: Final = Capabilities(
    modes=frozenset(TASKS),
    aspect_ratios=frozenset({AspectRatio.WIDE, AspectRatio.TALL}),
    resolutions=frozenset({Resolution.P720, Resolution.P1080, Resolution.UHD}),
    durations_s=range(3, 11),
    samples_max=1,
    audio=True,
    seeds_exact=False,
    submits_repeatable=False,
    progress_known=False,
    cancel_real=True,
    negative_prompts=False,
    watermarks=False,
    person_rules=False,
    remote=True,
    run_max_s=1800,
    run_typical_s=60,
)

_JSON: Final = MappingProxyType({"content-type": "application/json", "accept": "application/json"})
#: Inline videos stop at 4 MB; the pictures of the request come back with them.
_POLL_MAX_BYTES: Final = 100_000_000
_POLL_S: Final = 60.0
_NOT_FOUND: Final = 404
#: How an unknown id is answered, with status 400.
_UNKNOWN_ID: Final = "invalid interaction name"


@dataclass(frozen=True, kw_only=True, slots=True)
class Omni:
    """Gemini Omni."""

    name: str
    #: By id in the catalogue; "*" stands for all that are not named.
    models: Mapping[str, str]
    capabilities: Capabilities = CAPABILITIES

    def model_for(self, model: str) -> str | None:
        """Return what Google calls a model."""
        return self.models.get(model) or self.models.get("*")

    def submit_call(self, order: RemoteOrder, place: Place) -> HttpCall:
        """Return the call that creates an interaction."""
        body = msgspec.json.encode(to_request(order))
        return HttpCall(method="POST", url=_url(place), headers=_JSON, body=body)

    def read_submit(self, reply: HttpReply) -> SubmitAnswer:
        """Read the answer to a create."""
        if reply.status >= 300:
            problem = read_problem(reply)
            trouble = read_trouble(reply, problem.message)
            if trouble is not None:
                return trouble
            if reply.status == _NOT_FOUND:
                return NotNow(reason=f"status 404: {problem.message}", credential_bad=True)
            return Failed(error=EngineRefused(problem.message or f"The engine refused: status {reply.status}"))
        interaction = read_interaction(reply)
        if interaction is None or interaction.id is None:
            return Unclear(reason="the answer holds no interaction")
        return UpstreamJob(handle=interaction.id)

    def poll_call(self, job: UpstreamJob, place: Place) -> HttpCall:
        """Return the call that asks for an interaction."""
        return HttpCall(
            method="GET", url=_url(place, job), headers=_JSON, total_s=_POLL_S, reply_max_bytes=_POLL_MAX_BYTES
        )

    def read_poll(self, reply: HttpReply, job: UpstreamJob, place: Place) -> UpstreamStatus:  # noqa: ARG002 - the port's signature
        """Read how an interaction is."""
        if reply.status >= 300:
            problem = read_problem(reply)
            if reply.status == _NOT_FOUND or _UNKNOWN_ID in problem.message.lower():
                return Gone()
            unknown = Unknown(reason=f"status {reply.status}: {problem.message}")
            return read_poll_trouble(reply, problem.message) or unknown
        interaction = read_interaction(reply)
        if interaction is None:
            return Unknown(reason="the answer holds no interaction")
        return to_status(interaction, place)

    def cancel_call(self, job: UpstreamJob, place: Place) -> HttpCall | None:
        """Return the call that cancels an interaction."""
        return HttpCall(method="POST", url=f"{_url(place, job)}/cancel", headers=_JSON, body=b"{}")


def _url(place: Place, job: UpstreamJob | None = None) -> str:
    root = f"{place.base_url}/v1beta/interactions"
    return root if job is None else f"{root}/{urllib.parse.quote(job.handle, safe='')}"
