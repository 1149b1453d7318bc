"""The engine port for Veo on Vertex AI: predictLongRunning, and questions by POST fetchPredictOperation.

Videos come in the answer as base64, or lie in a bucket where the credential names one. There is neither a cancel nor a
way to find a submit whose answer was lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import msgspec

from reelgate.core.errors import EngineRefused
from reelgate.core.ports import Capabilities
from reelgate.core.task import AspectRatio, Mode, Resolution
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
from reelgate.engines.vertex.errors import with_categories
from reelgate.engines.vertex.translate import (
    LOCATION,
    PROJECT,
    read_error,
    read_operation,
    retry_delay_s,
    to_request,
    to_status,
)
from reelgate.engines.vertex.wire import FetchRequest

KIND: Final = "vertex"

CAPABILITIES: Final = Capabilities(
    modes=frozenset(Mode) - {Mode.UPSCALE},
    aspect_ratios=frozenset({AspectRatio.WIDE, AspectRatio.TALL}),
    resolutions=frozenset({Resolution.P720, Resolution.P1080, Resolution.UHD}),
    durations_s=(4, 5, 6, 7, 8),
    samples_max=4,
    audio=True,
    seeds_exact=False,
    submits_repeatable=False,
    progress_known=False,
    cancel_real=False,
    watermarks=False,
    remote=True,
    run_max_s=1800,
    run_typical_s=75,
)

#: By id in the catalogue. What resellers call their own is Google's newest of the kind.
MODELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "veo-2.0": "veo-2.0-generate-001",
        "veo-3.0": "veo-3.0-generate-001",
        "veo-3.0-fast": "veo-3.0-fast-generate-001",
        "veo-3.1": "veo-3.1-generate-001",
        "veo-3.1-fast": "veo-3.1-fast-generate-001",
        "veo-3.1-lite": "veo-3.1-lite-generate-001",
        "veo-2": "veo-2.0-generate-001",
        "veo-3": "veo-3.0-generate-001",
        "veo-4": "veo-3.1-generate-001",
        "veo2": "veo-2.0-generate-001",
        "veo2-fast": "veo-2.0-generate-001",
        "veo3": "veo-3.0-generate-001",
        "veo3-fast": "veo-3.0-fast-generate-001",
        "veo31": "veo-3.1-generate-001",
        "veo31-fast": "veo-3.1-fast-generate-001",
        "veo31-fast-ingredients": "veo-3.1-fast-generate-001",
    }
)

#: By how Google's name of a model begins: the seconds that it takes.
_LENGTHS_S: Final = {"veo-2": (5, 6, 7, 8), "veo-3": (4, 6, 8)}

#: Four videos of 1080p as base64, and room.
_POLL_MAX_BYTES: Final = 400_000_000
_POLL_S: Final = 180.0
_SUBMIT_S: Final = 60.0
_JSON: Final = MappingProxyType({"content-type": "application/json", "accept": "application/json"})
_NOT_FOUND: Final = 404


def base_url_of(location: str) -> str:
    """Return where a region is served."""
    host = "aiplatform.googleapis.com" if location == "global" else f"{location}-aiplatform.googleapis.com"
    return f"https://{host}"


def capabilities_for(models: Mapping[str, str]) -> Capabilities:
    """Return what Veo can do by models of the catalogue, given what Google calls them."""
    lengths = {
        model: lengths_s
        for model, name in models.items()
        for begins, lengths_s in _LENGTHS_S.items()
        if name.startswith(begins)
    }
    return replace(CAPABILITIES, model_durations_s=lengths)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vertex:
    """Veo in Google Cloud projects."""

    name: str = KIND
    models: Mapping[str, str] = field(default_factory=lambda: MODELS)
    capabilities: Capabilities = field(default_factory=lambda: capabilities_for(MODELS))

    def model_for(self, model: str) -> str | None:
        """Return what Google calls a model."""
        return self.models.get(model)

    def submit_call(self, order: RemoteOrder, place: Place) -> HttpCall:
        """Return the call that starts an operation."""
        where = f"projects/{place.settings[PROJECT]}/locations/{place.settings[LOCATION]}"
        url = f"{place.base_url}/v1/{where}/publishers/google/models/{order.model}:predictLongRunning"
        body = msgspec.json.encode(to_request(order, place))
        return HttpCall(method="POST", url=url, headers=_JSON, body=body, total_s=_SUBMIT_S)

    def read_submit(self, reply: HttpReply) -> SubmitAnswer:
        """Read the answer to a submit."""
        if reply.status >= 300:
            error = read_error(reply)
            trouble = read_trouble(reply, error.message)
            if isinstance(trouble, NotNow) and trouble.retry_after_s is None and not trouble.credential_bad:
                return NotNow(reason=trouble.reason, retry_after_s=retry_delay_s(error))
            if trouble is not None:
                return trouble
            if reply.status == _NOT_FOUND:
                # The project does not have the model, or the region does not.
                return NotNow(reason=f"status 404: {error.message}", credential_bad=True)
            return Failed(error=EngineRefused(with_categories(error.message) or f"status {reply.status}"))
        operation = read_operation(reply)
        if operation is None or "/operations/" not in operation.name:
            return Unclear(reason="the answer holds no operation")
        return UpstreamJob(handle=operation.name)

    def poll_call(self, job: UpstreamJob, place: Place) -> HttpCall:
        """Return the call that asks for an operation."""
        model, _, _ = job.handle.rpartition("/operations/")
        return HttpCall(
            method="POST",
            url=f"{place.base_url}/v1/{model}:fetchPredictOperation",
            headers=_JSON,
            body=msgspec.json.encode(FetchRequest(operation_name=job.handle)),
            reply_max_bytes=_POLL_MAX_BYTES,
            total_s=_POLL_S,
        )

    def read_poll(self, reply: HttpReply, job: UpstreamJob, place: Place) -> UpstreamStatus:  # noqa: ARG002 - the port's signature
        """Read how an operation is."""
        if reply.status == _NOT_FOUND:
            return Gone()
        if reply.status >= 300:
            error = read_error(reply)
            trouble = read_poll_trouble(reply, error.message)
            if trouble is None:
                return Unknown(reason=f"status {reply.status}: {error.message}")
            return replace(trouble, retry_after_s=trouble.retry_after_s or retry_delay_s(error))
        operation = read_operation(reply)
        return Unknown(reason="the answer holds no operation") if operation is None else to_status(operation, place)

    def cancel_call(self, job: UpstreamJob, place: Place) -> HttpCall | None:  # noqa: ARG002 - the port's signature
        """Return None: these operations cannot be canceled."""
        return None
