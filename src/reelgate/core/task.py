"""What is asked for and what became of it, free of any wire, database or engine.

Pure values: no I/O, no clock, no randomness, never serialised. Dialects make a `TaskSpec`, the store loads a `Task`,
engines receive both.
"""

import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace


class Mode(enum.StrEnum):
    """What kind of generation a task asks for."""

    TEXT_TO_VIDEO = "text_to_video"
    IMAGE_TO_VIDEO = "image_to_video"
    FIRST_LAST_FRAME = "first_last_frame"
    REFERENCE_TO_VIDEO = "reference_to_video"
    EXTEND = "extend"
    UPSCALE = "upscale"


class Role(enum.StrEnum):
    """What an input is for."""

    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"
    REFERENCE = "reference"
    SOURCE_VIDEO = "source_video"


class State(enum.StrEnum):
    """Where a task stands; `core.lifecycle` says what may follow what."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class Phase(enum.StrEnum):
    """Where a processing task stands."""

    SUBMITTING = "submitting"
    RUNNING = "running"
    STORING = "storing"


class AspectRatio(enum.StrEnum):
    """Width to height of the picture."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"
    STANDARD = "4:3"
    PORTRAIT = "3:4"


class Resolution(enum.StrEnum):
    """Length of the picture's shorter side, by its usual name."""

    P720 = "720p"
    P1024 = "1024p"
    P1080 = "1080p"
    UHD = "4k"


class PersonGeneration(enum.StrEnum):
    """Which people may appear."""

    ALLOW_ALL = "allow_all"
    ALLOW_ADULT = "allow_adult"
    DONT_ALLOW = "dont_allow"


class ArtifactKind(enum.StrEnum):
    """What a stored file of a task is."""

    VIDEO = "video"
    THUMBNAIL = "thumbnail"
    GIF = "gif"
    INPUT = "input"


@dataclass(frozen=True, kw_only=True, slots=True)
class UrlSource:
    """An input that the caller points at; http, https or data."""

    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InlineSource:
    """An input whose bytes came with the request."""

    content: bytes = field(repr=False)
    #: What the caller says it is; the bytes decide.
    media_type: str | None = None
    file_name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredSource:
    """An input that reelgate has fetched, checked and stored."""

    #: Key in the object store.
    object_key: str
    #: As found in the bytes: one of `core.media.IMAGE_TYPES` or `VIDEO_TYPES`.
    media_type: str
    size_bytes: int
    sha256: str
    #: As shown, after EXIF orientation.
    width_px: int
    height_px: int
    file_name: str | None = None
    #: Of a video, as probed.
    duration_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """A picture or video that a task starts from."""

    role: Role
    source: UrlSource | InlineSource | StoredSource
    #: How the wire calls it, for error messages: "image_urls[0]", "image".
    field: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskSpec:
    """What is asked, free of any wire."""

    mode: Mode
    #: Id in the catalogue.
    model: str
    prompt: str
    negative_prompt: str | None = None
    inputs: tuple[Input, ...] = ()
    duration_s: int = 8
    resolution: Resolution = Resolution.P720
    aspect_ratio: AspectRatio = AspectRatio.WIDE
    #: How many videos.
    samples: int = 1
    audio: bool = True
    #: 0 to 2**32 - 1; None until the task is accepted without one from the caller.
    seed: int | None = None
    #: Text to burn into a corner.
    watermark: str | None = None
    enhance_prompt: bool | None = None
    translate_prompt: bool | None = None
    person_generation: PersonGeneration | None = None
    #: May the result be shown to others; kept for the dialects that ask.
    public: bool | None = None
    #: Where the caller wants to hear how the task ends.
    webhook_url: str | None = None
    #: Further addresses that hear the same.
    webhook_copies: tuple[str, ...] = ()
    #: What the caller wants to be told besides, as JSON text.
    webhook_metadata: str | None = None
    #: The directives in its prompt are followed (`core.rehearsal`).
    rehearsed: bool = False
    #: The result is wanted as an animated GIF.
    gif: bool = False
    #: How many gateways have passed the request on before it came here.
    hops: int = 0
    #: Whole seconds that an extension adds, where the model adds others than `duration_s`.
    added_s: int | None = None
    #: How the camera moves, whatever the prompt says of it, in words that may stand in a prompt: "push in".
    camera: str | None = None
    #: The URI of a mapped bucket's folder (`core.buckets`) that the caller wants copies of the videos in.
    copies_uri: str | None = None

    @property
    def source_video(self) -> "StoredSource | None":
        """The stored video that is continued or made anew, if any."""
        sources = (item.source for item in self.inputs if item.role is Role.SOURCE_VIDEO)
        return next((source for source in sources if isinstance(source, StoredSource)), None)

    def unaddressed(self) -> "TaskSpec":
        """Return the spec without those who hear of its result and get copies: what another task may take over."""
        return replace(self, webhook_url=None, webhook_copies=(), webhook_metadata=None, copies_uri=None)

    @property
    def extension_s(self) -> int:
        """Whole seconds that an extension adds to its source."""
        return self.duration_s if self.added_s is None else self.added_s


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """A stored file of a task, hashed and probed."""

    id: uuid.UUID
    task_id: uuid.UUID
    kind: ArtifactKind
    #: Which sample it belongs to, from 0.
    sample: int
    object_key: str
    media_type: str
    size_bytes: int
    #: Lower-case hex.
    sha256: str
    width_px: int | None = None
    height_px: int | None = None
    duration_s: float | None = None
    frames: int | None = None
    has_audio: bool | None = None
    created_at: dt.datetime

    def to_source(self) -> StoredSource:
        """Return this file as what another task starts from."""
        return StoredSource(
            object_key=self.object_key,
            media_type=self.media_type,
            size_bytes=self.size_bytes,
            sha256=self.sha256,
            width_px=self.width_px or 0,
            height_px=self.height_px or 0,
            duration_s=self.duration_s,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why a task failed, in words for the caller."""

    #: Code of a leaf of `core.errors`.
    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Understanding:
    """How an engine read the prompt: plain phrases for people."""

    understood: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    approximated: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One accepted request of one account."""

    id: uuid.UUID
    account_id: uuid.UUID
    #: The dialect that it came in through.
    dialect: str
    spec: TaskSpec
    state: State
    phase: Phase | None = None
    #: Counts every change of the row; a stale wake-up is known by it.
    version: int = 1
    #: 0 to 100, or None when the engine does not say.
    progress: int | None = None
    engine: str | None = None
    price_microcredits: int
    failure: Failure | None = None
    understanding: Understanding | None = None
    artifacts: tuple[Artifact, ...] = ()
    created_at: dt.datetime
    started_at: dt.datetime | None = None
    completed_at: dt.datetime | None = None
    #: What the engine was given where a prompt service has changed it; the original is the spec's.
    final_prompt: str | None = None
    #: The task whose spec this one took over with another prompt; it may have been deleted since.
    remix_of: uuid.UUID | None = None
    #: The request as it came, as JSON text, where its wire shows it again; long texts in it are cut off.
    wire_request: str | None = None
    #: What each second of a video cost when the task was accepted, by the resolution that is delivered; None where the
    #: model is not priced by the second.
    rates: Mapping[Resolution, int] | None = None
    #: Its engine is reached over HTTP.
    remote: bool = False
    #: Videos that the engine's content policy held back.
    filtered_count: int = 0
    #: Why, in the engine's words.
    filtered_reasons: tuple[str, ...] = ()

    def files(self, kind: ArtifactKind) -> tuple[Artifact, ...]:
        """Return the artifacts of one kind, ordered by sample."""
        return tuple(sorted((a for a in self.artifacts if a.kind == kind), key=lambda a: a.sample))
