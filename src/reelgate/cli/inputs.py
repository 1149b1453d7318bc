"""From the options of `reelgate generate` to the mode and the inputs that they ask for. Called by `generate`."""

import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reelgate.cli.tasks import find_any_task
from reelgate.core.errors import FieldProblem, FieldsInvalid, InputMissing, InputUnreadable
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES, VIDEO_SIZE_MAX_BYTES
from reelgate.core.task import ArtifactKind, InlineSource, Input, Mode, Role, TaskSpec
from reelgate.store.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """The options that name a picture or a video."""

    image: pathlib.Path | None = None
    last_frame: pathlib.Path | None = None
    references: Sequence[pathlib.Path] = field(default_factory=tuple)
    #: A file or the id of a task.
    extend: str | None = None
    upscale: str | None = None


def plan_mode(files: Files) -> Mode:
    """Return the mode that follows from what is given. Pure.

    Raises:
        FieldsInvalid: two options ask for different modes.
        InputMissing: a last frame has no first one.

    """
    if files.last_frame and not files.image:
        raise InputMissing("--image", "--last-frame needs --image, the first frame.")
    asked = {
        "--image": Mode.FIRST_LAST_FRAME if files.last_frame else Mode.IMAGE_TO_VIDEO if files.image else None,
        "--reference": Mode.REFERENCE_TO_VIDEO if files.references else None,
        "--extend": Mode.EXTEND if files.extend else None,
        "--upscale": Mode.UPSCALE if files.upscale else None,
    }
    chosen = [(option, mode) for option, mode in asked.items() if mode]
    if len(chosen) > 1:
        raise FieldsInvalid([FieldProblem(chosen[1][0], f"cannot be used together with {chosen[0][0]}")])
    return chosen[0][1] if chosen else Mode.TEXT_TO_VIDEO


def read_inputs(files: Files) -> tuple[Input, ...]:
    """Return the pictures and the video that are given as files.

    Raises:
        InputUnreadable: one cannot be opened; the message names it.

    """
    named = [
        (Role.FIRST_FRAME, "--image", files.image),
        (Role.LAST_FRAME, "--last-frame", files.last_frame),
        *((Role.REFERENCE, "--reference", path) for path in files.references),
    ]
    pictures = [read_file(role, option, path, IMAGE_SIZE_MAX_BYTES) for role, option, path in named if path]
    videos = [
        read_file(Role.SOURCE_VIDEO, option, pathlib.Path(name), VIDEO_SIZE_MAX_BYTES)
        for option, name in (("--extend", files.extend), ("--upscale", files.upscale))
        if name and pathlib.Path(name).is_file()
    ]
    return (*pictures, *videos)


async def with_source(database: Database, spec: TaskSpec, files: Files) -> TaskSpec:
    """Return the spec with the first video of the task that is extended or upscaled, unless it has a file already.

    The video brings its shape along, and its prompt where none is given.

    Raises:
        InputUnreadable: the task has no video.
        TaskUnknown: what is named is neither a file nor the id of a task.

    """
    option, name = ("--extend", files.extend) if files.extend else ("--upscale", files.upscale)
    if not name:
        return spec
    if spec.inputs:
        return replace(spec, prompt=spec.prompt or pathlib.Path(name).stem)
    task = await find_any_task(database, name)
    videos = task.files(ArtifactKind.VIDEO)
    if not videos:
        raise InputUnreadable(option, "the task has no video")
    made = task.spec
    return replace(
        spec,
        prompt=spec.prompt or made.prompt,
        inputs=(Input(role=Role.SOURCE_VIDEO, source=videos[0].to_source(), field=option),),
        aspect_ratio=made.aspect_ratio,
        resolution=made.resolution if spec.mode is Mode.EXTEND else spec.resolution,
        duration_s=made.duration_s if spec.mode is Mode.UPSCALE else spec.duration_s,
        audio=made.audio,
    )


def read_file(role: Role, option: str, path: pathlib.Path, size_max_bytes: int) -> Input:
    """Return a file as an input; one that is too large is read just far enough for that to be seen.

    Raises:
        InputUnreadable: it cannot be opened.

    """
    try:
        with path.open("rb") as file:
            content = file.read(size_max_bytes + 1)
    except OSError as error:
        raise InputUnreadable(str(path), error.strerror or "cannot be read") from error
    return Input(role=role, source=InlineSource(content=content, file_name=path.name), field=option)
