"""Ids in any wire's form, and what is printed of a task."""

import datetime as dt
import uuid

import pytest

from fakes import make_spec
from reelgate.cli.tasks import facts_of, read_task_ids
from reelgate.core.ids import new_id, to_base32, to_millis_base36
from reelgate.core.task import Failure, State, Task, Understanding
from reelgate.dialects.vtrix import translate as vtrix

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
ID = new_id(NOW, bytes(range(10)))


@pytest.mark.parametrize(
    "text",
    [
        str(ID),
        ID.hex,
        to_base32(ID),
        f"veo4_task_{to_base32(ID)}",
        f"gen_{to_base32(ID)}",
        f"veo_{to_millis_base36(ID)}",
        f"video_{ID.hex}",
        vtrix.to_id(ID),
        f"projects/p/locations/us-central1/publishers/google/models/veo-3.1/operations/{ID}",
    ],
)
def test_every_form_of_an_id_is_read(text: str) -> None:
    """As a client's logs show it; a form that can be read in two ways gives both."""
    found = read_task_ids(text)
    assert ID in found
    assert len(found) <= 2


@pytest.mark.parametrize("text", ["", "nonsense", "veo_", "veo4_task_", "../../etc/passwd", "x" * 10_000, "\ud800"])
def test_what_is_no_id_is_none(text: str) -> None:
    """Whatever it holds."""
    assert read_task_ids(text) == []


def test_all_that_is_known_is_printed() -> None:
    """Also of a task of which little is known yet."""
    fields = {"id": uuid.UUID(int=7), "account_id": uuid.UUID(int=1), "dialect": "veo4api", "spec": make_spec()}
    queued = Task(**fields, state=State.QUEUED, price_microcredits=1_500_000, created_at=NOW)  # type: ignore[arg-type] # one dict of many types
    facts = facts_of(queued)
    assert (facts["credits"], facts["completed_at"], facts["failure"], facts["understood"]) == (1.5, None, None, [])
    ended = Task(
        **fields,  # type: ignore[arg-type] # one dict of many types
        state=State.FAILED,
        price_microcredits=0,
        created_at=NOW,
        completed_at=NOW,
        failure=Failure(code="engine_failed", message="It broke."),
        understanding=Understanding(understood=("place: sea",), ignored=("the",)),
    )
    facts = facts_of(ended)
    assert (facts["failure"], facts["understood"], facts["ignored"]) == (
        "engine_failed: It broke.",
        ["place: sea"],
        ["the"],
    )
    assert facts["completed_at"] == "2026-11-20T12:00:00.000+00:00"
