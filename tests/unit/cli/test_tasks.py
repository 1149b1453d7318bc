"""Ids in any wire's form, and what is printed of a task."""

import datetime as dt
import uuid

import pytest

from fakes import make_spec
from reelgate.cli.tasks import facts_of, read_task_id
from reelgate.core.errors import TaskUnknown
from reelgate.core.ids import new_id, to_base32, to_millis_base36
from reelgate.core.task import Failure, State, Task, Understanding

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
ID = new_id(NOW, bytes(range(10)))


@pytest.mark.parametrize(
    "text", [str(ID), ID.hex, to_base32(ID), f"veo4_task_{to_base32(ID)}", f"veo_{to_millis_base36(ID)}"]
)
def test_every_form_of_an_id_is_read(text: str) -> None:
    """As a client's logs show it."""
    assert read_task_id(text) == ID


@pytest.mark.parametrize("text", ["", "nonsense", "veo_", "veo4_task_", "../../etc/passwd", "x" * 10_000, "\ud800"])
def test_what_is_no_id_is_said_to_be_none(text: str) -> None:
    """In a short sentence."""
    with pytest.raises(TaskUnknown) as caught:
        read_task_id(text)
    assert len(str(caught.value)) < 1000


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
