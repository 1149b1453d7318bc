"""Between veoapi's bodies and reelgate's values. Pure; called by `routes`.

A task that another dialect accepted is shown here like any other, by this wire's form of its id; of several samples,
this wire has room for the first.
"""

import contextlib
import uuid
from typing import Final

from msgspec import UNSET

from reelgate.core import ids
from reelgate.core.catalogue import Catalogue, WireName
from reelgate.core.errors import FieldsInvalid, ModelUnknown, TaskUnknown
from reelgate.core.task import AspectRatio, Input, Mode, Role, State, Task, TaskSpec, UrlSource
from reelgate.dialects.veoapi.errors import CANCELED, task_error
from reelgate.dialects.veoapi.wire import (
    CreateAnswer,
    GenerationAnswer,
    GenerationRequest,
    ModelEntry,
    ModelsAnswer,
    Status,
)
from reelgate.service.submit import Submission
from reelgate.web.url_field import url_problem

NAME: Final = "veoapi"

ID_PREFIX: Final = "gen_"

#: The wires whose models stand in `GET /v1/models`, by their names in the catalogue: OpenAI's wire asks the same path,
#: and one list serves both. A name that stands in several lists is shown once, as the first of these calls it.
LISTED: Final = (NAME, "openai")

_TASK_UNKNOWN: Final = "There is no such generation."

#: The wire's names of spec fields, where they differ.
FIELD_NAMES: Final = {"duration_s": "duration"}

STATUSES: Final[dict[State, Status]] = {
    State.QUEUED: "queued",
    State.PROCESSING: "processing",
    State.SUCCEEDED: "succeeded",
    State.FAILED: "failed",
    State.CANCELED: "failed",
}


def to_submission(wire: GenerationRequest, catalogue: Catalogue) -> Submission:
    """Return what a request asks for.

    Raises:
        ModelUnknown: the wire has no such model.
        FieldsInvalid: the webhook's URL is none.

    """
    model = catalogue.find(NAME, wire.model)
    # What clients with a form send for a field that was left empty.
    webhook_url = wire.webhook_url or None
    if problem := url_problem("webhook_url", webhook_url):
        raise FieldsInvalid([problem])
    inputs = (Input(role=Role.FIRST_FRAME, source=UrlSource(url=wire.image), field="image"),) if wire.image else ()
    spec = TaskSpec(
        mode=Mode.IMAGE_TO_VIDEO if inputs else Mode.TEXT_TO_VIDEO,
        model=model.id,
        prompt=wire.prompt,
        inputs=inputs,
        duration_s=wire.duration,
        aspect_ratio=AspectRatio(wire.aspect_ratio),
        # The wire cannot ask for sound: a model that can, makes it.
        audio=model.audio,
        webhook_url=webhook_url,
    )
    return Submission(dialect=NAME, spec=spec, field_names=FIELD_NAMES, mode_field="image" if inputs else "model")


def from_accepted(task: Task) -> CreateAnswer:
    """Return the answer to a request that was accepted."""
    return CreateAnswer(id=to_id(task.id), status=STATUSES[task.state])


def from_task(task: Task, *, video_url: str | None) -> GenerationAnswer:
    """Return a task as a poll shows it; only one that has succeeded has a link."""
    status = STATUSES[task.state]
    if status == "failed":
        error = CANCELED if task.state is State.CANCELED else task_error(task.failure)
        return GenerationAnswer(id=to_id(task.id), status=status, video_url=None, error=error)
    return GenerationAnswer(id=to_id(task.id), status=status, video_url=video_url or UNSET)


def from_catalogue(catalogue: Catalogue) -> ModelsAnswer:
    """Return the models of the wires in `LISTED`, each name once."""
    names: dict[str, WireName] = {}
    for wire in LISTED:
        for name, _ in catalogue.listed(wire):
            names.setdefault(name.name, name)
    return ModelsAnswer(object="list", data=[_entry(name) for name in names.values()])


def find_entry(catalogue: Catalogue, wanted: str) -> ModelEntry:
    """Return the model that one of the wires in `LISTED` calls so.

    Raises:
        ModelUnknown: none does; the error says which there are.

    """
    for wire in LISTED:
        with contextlib.suppress(ModelUnknown):
            return _entry(catalogue.find(wire, wanted).names[wire])
    raise ModelUnknown(wanted, [entry.id for entry in from_catalogue(catalogue).data])


def _entry(name: WireName) -> ModelEntry:
    return ModelEntry(id=name.name, object="model", created=0, owned_by="reelgate", name=name.title or name.name)


def to_id(task_id: uuid.UUID) -> str:
    """Return this wire's form of an id."""
    return ID_PREFIX + ids.to_base32(task_id)


def from_id(text: str) -> uuid.UUID:
    """Read what `to_id` wrote.

    Raises:
        TaskUnknown: it did not write `text`, so there is no such task.

    """
    if not text.startswith(ID_PREFIX):
        raise TaskUnknown(_TASK_UNKNOWN)
    try:
        return ids.from_base32(text.removeprefix(ID_PREFIX))
    except ValueError as error:
        raise TaskUnknown(_TASK_UNKNOWN) from error
