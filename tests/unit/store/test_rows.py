"""What is stored is complete."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from fakes import FIRST, make_spec
from reelgate.core.task import Artifact, ArtifactKind, InlineSource, Input
from reelgate.store.rows import ArtifactRow, _artifact_from, artifacts_to_json, spec_to_json, understanding_to_json


def test_a_spec_is_stored_with_its_seed() -> None:
    """Otherwise a repeated render would make another video."""
    with pytest.raises(ValueError, match="seed"):
        spec_to_json(make_spec(seed=None))


def test_an_input_is_stored_before_its_spec() -> None:
    """Bytes do not go into the database."""
    spec = make_spec(inputs=(Input(role=FIRST, source=InlineSource(content=b"x"), field="image"),))
    with pytest.raises(TypeError, match="stored"):
        spec_to_json(spec)


def test_what_was_not_understood_is_not_stored() -> None:
    """None stays None."""
    assert understanding_to_json(None) is None


def test_an_artifact_is_read_with_its_time() -> None:
    """The database writes it; without it the row is broken."""
    row = ArtifactRow(
        id=uuid.UUID(int=1),
        kind=ArtifactKind.VIDEO,
        sample=0,
        object_key="a",
        media_type="video/mp4",
        size_bytes=1,
        sha256="00",
    )
    with pytest.raises(ValueError, match="time"):
        _artifact_from(uuid.UUID(int=2), row)
    row.created_at = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    artifact = _artifact_from(uuid.UUID(int=2), row)
    assert isinstance(artifact, Artifact)
    assert 'created_at":null' in artifacts_to_json([replace(artifact, sample=3)]).replace(" ", "")
