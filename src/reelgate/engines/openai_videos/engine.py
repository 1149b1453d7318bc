"""The engine port for any server of the OpenAI Videos wire: vLLM-Omni, SGLang-Diffusion, another reelgate.

Creates are sent as forms, which all of them read. `Idempotency-Key` makes a repeated create harmless where the server
keeps it, as reelgate does; the operator says so. `X-Reelgate-Hops` counts the gateways that a request has passed, so
that two which lead to each other notice.
"""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from reelgate.core.errors import EngineRefused
from reelgate.core.ports import Capabilities
from reelgate.core.task import AspectRatio, Mode, Resolution
from reelgate.core.upstream import (
    HOPS_HEADER,
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
from reelgate.engines.openai_videos.translate import (
    read_message,
    read_video,
    to_error,
    to_form,
    to_status,
)

KIND: Final = "openai_videos"

CAPABILITIES: Final = Capabilities(
    modes=frozenset({Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO}),
    aspect_ratios=frozenset(AspectRatio),
    resolutions=frozenset({Resolution.P720, Resolution.P1024, Resolution.P1080}),
    durations_s=range(1, 61),
    samples_max=1,
    audio=True,
    seeds_exact=False,
    submits_repeatable=False,
    progress_known=True,
    cancel_real=True,
    negative_prompts=False,
    watermarks=False,
    person_rules=False,
    remote=True,
    run_max_s=3600,
    run_typical_s=60,
)

CONTENT_S: Final = 600.0
CONTENT_MAX_BYTES: Final = 2_000_000_000
_POLL_S: Final = 20.0
#: The address is not that of such a server, or it has no such model.
_NO_SUCH_PATH: Final = frozenset({404, 405, 501})


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAiVideos:
    """A server of the wire, or several of one kind."""

    name: str
    #: By id in the catalogue, what the server calls a model; "*" stands for all that are not named.
    models: Mapping[str, str]
    #: Which of `EXTENSIONS` it takes.
    extensions: frozenset[str] = field(default_factory=frozenset)
    capabilities: Capabilities = CAPABILITIES

    def model_for(self, model: str) -> str | None:
        """Return what the server calls a model."""
        return self.models.get(model) or self.models.get("*")

    def submit_call(self, order: RemoteOrder, place: Place) -> HttpCall:
        """Return the call that creates a video."""
        content_type, body = to_form(order, self.extensions)
        headers = {
            "content-type": content_type,
            "accept": "application/json",
            "idempotency-key": order.reference,
            HOPS_HEADER: str(order.hops + 1),
        }
        return HttpCall(method="POST", url=f"{place.base_url}/videos", headers=headers, body=body)

    def read_submit(self, reply: HttpReply) -> SubmitAnswer:
        """Read the answer to a create."""
        code, message = read_message(reply) if reply.status >= 300 else ("", "")
        if (trouble := read_trouble(reply, message)) is not None:
            return trouble
        if reply.status in _NO_SUCH_PATH:
            return NotNow(reason=f"status {reply.status}: {message}", credential_bad=True)
        if reply.status >= 300:
            refused = to_error({"code": code, "message": message})
            said = message or f"status {reply.status}"
            return Failed(
                error=refused if isinstance(refused, EngineRefused) else EngineRefused(f"The engine refused: {said}")
            )
        video = read_video(reply)
        if video is None or video.id is None:
            return Unclear(reason="the answer holds no video")
        return UpstreamJob(handle=video.id)

    def poll_call(self, job: UpstreamJob, place: Place) -> HttpCall:
        """Return the call that asks for a video."""
        return HttpCall(
            method="GET", url=_video_url(job, place), headers={"accept": "application/json"}, total_s=_POLL_S
        )

    def read_poll(self, reply: HttpReply, job: UpstreamJob, place: Place) -> UpstreamStatus:
        """Read how a video is."""
        if reply.status in {404, 410}:
            return Gone()
        code, message = read_message(reply) if reply.status >= 300 else ("", "")
        if (trouble := read_poll_trouble(reply, message)) is not None:
            return trouble
        video = read_video(reply) if reply.status < 300 else None
        if video is None:
            return Unknown(reason=f"status {reply.status} {code} {message}".strip())
        content = HttpCall(
            method="GET",
            url=f"{_video_url(job, place)}/content",
            total_s=CONTENT_S,
            reply_max_bytes=CONTENT_MAX_BYTES,
        )
        return to_status(video, content)

    def cancel_call(self, job: UpstreamJob, place: Place) -> HttpCall | None:
        """Return the call that deletes a video, which ends it."""
        return HttpCall(method="DELETE", url=_video_url(job, place), total_s=_POLL_S)


def _video_url(job: UpstreamJob, place: Place) -> str:
    return f"{place.base_url}/videos/{urllib.parse.quote(job.handle, safe='')}"
