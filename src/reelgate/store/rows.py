"""Between rows and core values: twin structs for what is stored as JSON, and the reading of task rows. Pure.

The structs are the stored form: adding a field with a default is safe, renaming one needs a migration.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import asyncpg
import msgspec

from reelgate.core.task import (
    Artifact,
    ArtifactKind,
    AspectRatio,
    Failure,
    Input,
    Mode,
    PersonGeneration,
    Phase,
    Resolution,
    Role,
    State,
    StoredSource,
    Task,
    TaskSpec,
    Understanding,
)


class InputRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A stored input."""

    role: Role
    field: str
    object_key: str
    media_type: str
    size_bytes: int
    sha256: str
    width_px: int
    height_px: int
    file_name: str | None = None
    duration_s: float | None = None


class SpecRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A spec, without the model, which is a column."""

    mode: Mode
    prompt: str
    duration_s: int
    resolution: Resolution
    aspect_ratio: AspectRatio
    samples: int
    audio: bool
    seed: int
    inputs: list[InputRow] = []
    negative_prompt: str | None = None
    watermark: str | None = None
    enhance_prompt: bool | None = None
    translate_prompt: bool | None = None
    person_generation: PersonGeneration | None = None
    public: bool | None = None
    webhook_url: str | None = None
    webhook_copies: list[str] = []
    webhook_metadata: str | None = None
    rehearsed: bool = False
    gif: bool = False
    added_s: int | None = None
    hops: int = 0
    camera: str | None = None
    copies_uri: str | None = None
    #: What each delivered second costs, by resolution, in microcredits.
    rates: dict[Resolution, int] | None = None


class UnderstandingRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How the engine read the prompt."""

    understood: list[str] = []
    ignored: list[str] = []
    approximated: list[str] = []


class ArtifactRow(msgspec.Struct, kw_only=True):
    """A file of a task, as SQL builds and takes it."""

    id: uuid.UUID
    kind: ArtifactKind
    sample: int
    object_key: str
    media_type: str
    size_bytes: int
    sha256: str
    width_px: int | None = None
    height_px: int | None = None
    duration_s: float | None = None
    frames: int | None = None
    has_audio: bool | None = None
    created_at: dt.datetime | None = None


_spec_decoder = msgspec.json.Decoder(SpecRow)
_artifacts_decoder = msgspec.json.Decoder(list[ArtifactRow])
_reasons_decoder = msgspec.json.Decoder(list[str])
_understanding_decoder = msgspec.json.Decoder(UnderstandingRow)


def spec_to_json(spec: TaskSpec, rates: Mapping[Resolution, int] | None = None) -> str:
    """Return the stored form of a spec whose inputs are stored and whose seed is chosen, with its rates.

    Raises:
        ValueError: they are not.

    """
    if spec.seed is None:
        raise ValueError("a spec is stored with its seed")
    row = SpecRow(
        mode=spec.mode,
        prompt=spec.prompt,
        duration_s=spec.duration_s,
        resolution=spec.resolution,
        aspect_ratio=spec.aspect_ratio,
        samples=spec.samples,
        audio=spec.audio,
        seed=spec.seed,
        inputs=[_input_to_row(item) for item in spec.inputs],
        negative_prompt=spec.negative_prompt,
        watermark=spec.watermark,
        enhance_prompt=spec.enhance_prompt,
        translate_prompt=spec.translate_prompt,
        person_generation=spec.person_generation,
        public=spec.public,
        webhook_url=spec.webhook_url,
        webhook_copies=list(spec.webhook_copies),
        webhook_metadata=spec.webhook_metadata,
        rehearsed=spec.rehearsed,
        gif=spec.gif,
        added_s=spec.added_s,
        hops=spec.hops,
        camera=spec.camera,
        copies_uri=spec.copies_uri,
        rates=dict(rates) if rates else None,
    )
    return msgspec.json.encode(row).decode()


def understanding_to_json(understanding: Understanding | None) -> str | None:
    """Return the stored form of how a prompt was read."""
    if understanding is None:
        return None
    row = UnderstandingRow(
        understood=list(understanding.understood),
        ignored=list(understanding.ignored),
        approximated=list(understanding.approximated),
    )
    return msgspec.json.encode(row).decode()


def artifacts_to_json(artifacts: Sequence[Artifact]) -> str:
    """Return artifacts as the JSON array that `finish_task` takes."""
    rows = [
        ArtifactRow(
            id=a.id,
            kind=a.kind,
            sample=a.sample,
            object_key=a.object_key,
            media_type=a.media_type,
            size_bytes=a.size_bytes,
            sha256=a.sha256,
            width_px=a.width_px,
            height_px=a.height_px,
            duration_s=a.duration_s,
            frames=a.frames,
            has_audio=a.has_audio,
        )
        for a in artifacts
    ]
    return msgspec.json.encode(rows).decode()


def task_from(row: asyncpg.Record) -> Task:
    """Read a row of `load_task` or `list_tasks`."""
    task_id = uuid.UUID(int=row["id"].int)
    spec_row = _spec_decoder.decode(row["spec"])
    return Task(
        id=task_id,
        account_id=row["account_id"],
        dialect=row["dialect"],
        spec=_spec_from(row["model"], spec_row),
        state=State(row["state"]),
        phase=Phase(row["phase"]) if row["phase"] else None,
        version=row["version"],
        progress=row["progress"],
        engine=row["engine"],
        price_microcredits=row["price_microcredits"],
        failure=Failure(code=row["failure_code"], message=row["failure_message"]) if row["failure_code"] else None,
        understanding=_understanding_from(row["understanding"]),
        artifacts=tuple(_artifact_from(task_id, item) for item in _artifacts_decoder.decode(row["artifacts"])),
        created_at=row["created_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        remix_of=row["remix_of"],
        final_prompt=row["final_prompt"],
        wire_request=row["wire_request"],
        rates=spec_row.rates,
        remote=row["remote"],
        filtered_count=row["filtered_count"],
        filtered_reasons=tuple(_reasons_decoder.decode(row["filtered_reasons"])),
    )


def accepted_task_from(row: asyncpg.Record) -> Task:
    """Read a task's row as it was when the task was accepted."""
    spec_row = _spec_decoder.decode(row["spec"])
    return Task(
        id=uuid.UUID(int=row["id"].int),
        account_id=row["account_id"],
        dialect=row["dialect"],
        spec=_spec_from(row["model"], spec_row),
        state=State.QUEUED,
        engine=row["engine"],
        price_microcredits=row["price_microcredits"],
        created_at=row["created_at"],
        remix_of=row["remix_of"],
        wire_request=row["wire_request"],
        rates=spec_row.rates,
    )


def _input_to_row(item: Input) -> InputRow:
    source = item.source
    if not isinstance(source, StoredSource):
        raise TypeError("an input is stored before its spec is")
    return InputRow(
        role=item.role,
        field=item.field,
        object_key=source.object_key,
        media_type=source.media_type,
        size_bytes=source.size_bytes,
        sha256=source.sha256,
        width_px=source.width_px,
        height_px=source.height_px,
        file_name=source.file_name,
        duration_s=source.duration_s,
    )


def _spec_from(model: str, row: SpecRow) -> TaskSpec:
    return TaskSpec(
        mode=row.mode,
        model=model,
        prompt=row.prompt,
        negative_prompt=row.negative_prompt,
        inputs=tuple(_input_from(item) for item in row.inputs),
        duration_s=row.duration_s,
        resolution=row.resolution,
        aspect_ratio=row.aspect_ratio,
        samples=row.samples,
        audio=row.audio,
        seed=row.seed,
        watermark=row.watermark,
        enhance_prompt=row.enhance_prompt,
        translate_prompt=row.translate_prompt,
        person_generation=row.person_generation,
        public=row.public,
        webhook_url=row.webhook_url,
        webhook_copies=tuple(row.webhook_copies),
        webhook_metadata=row.webhook_metadata,
        rehearsed=row.rehearsed,
        gif=row.gif,
        added_s=row.added_s,
        hops=row.hops,
        camera=row.camera,
        copies_uri=row.copies_uri,
    )


def _input_from(row: InputRow) -> Input:
    source = StoredSource(
        object_key=row.object_key,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        width_px=row.width_px,
        height_px=row.height_px,
        file_name=row.file_name,
        duration_s=row.duration_s,
    )
    return Input(role=row.role, source=source, field=row.field)


def _artifact_from(task_id: uuid.UUID, row: ArtifactRow) -> Artifact:
    if row.created_at is None:
        raise ValueError("a stored artifact has its time")
    return Artifact(
        id=row.id,
        task_id=task_id,
        kind=row.kind,
        sample=row.sample,
        object_key=row.object_key,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        width_px=row.width_px,
        height_px=row.height_px,
        duration_s=row.duration_s,
        frames=row.frames,
        has_audio=row.has_audio,
        created_at=row.created_at,
    )


def _understanding_from(text: str | None) -> Understanding | None:
    if text is None:
        return None
    row = _understanding_decoder.decode(text)
    return Understanding(
        understood=tuple(row.understood),
        ignored=tuple(row.ignored),
        approximated=tuple(row.approximated),
    )
