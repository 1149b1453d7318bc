"""What jobs carry."""

import uuid

import pytest

from reelgate.store.queue import id_from


def test_a_job_carries_a_task_id() -> None:
    """As its sixteen bytes."""
    assert id_from(uuid.UUID(int=7).bytes) == uuid.UUID(int=7)


@pytest.mark.parametrize("payload", [None, b"", b"x", b"x" * 17])
def test_another_payload_is_none(payload: bytes | None) -> None:
    """Somebody else's job."""
    with pytest.raises(ValueError, match="16"):
        id_from(payload)
