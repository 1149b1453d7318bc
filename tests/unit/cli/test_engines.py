"""How engines are shown."""

import datetime as dt
from dataclasses import replace

import pytest

from fakes import load_catalogue
from reelgate.cli.engines import health, said, tiny_spec
from reelgate.core.errors import EngineFailed, ServerMisconfigured
from reelgate.core.upstream import Done, Failed, Gone, OutputBytes, OutputUrl, Pool, UpstreamStatus
from reelgate.engines.vertex.engine import Vertex
from reelgate.store.upstream import CredentialState
from reelgate.upstreams import routed

NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
STATE = CredentialState(
    engine="e", name="n", troubles=0, resume_at=None, trouble=None, trouble_at=None, ok_at=NOW, day=NOW.date(),
    day_submits=1,
)  # fmt: skip


def test_health() -> None:
    """By what the workers have seen."""
    assert health(None) == health(replace(STATE, ok_at=None)) == "not used yet"
    assert health(STATE) == "works"
    assert health(replace(STATE, troubles=3)) == "in trouble, 3 in a row"


@pytest.mark.parametrize(
    ("status", "ok", "words"),
    [
        (Done(outputs=(OutputBytes(content=b"x"),)), True, "made a video, with the answer"),
        (Done(outputs=(OutputUrl(url="http://x"),)), True, "made a video, to be fetched"),
        (Done(outputs=(), filtered=1, reasons=("Not that.",)), False, "Not that."),
        (Done(outputs=(), filtered=1), False, "the content policy held the video back"),
        (Done(outputs=()), False, "it ended without a video"),
        (Failed(error=EngineFailed("No GPU.")), False, "No GPU."),
        (Gone(), False, "it ended without a video"),
        (None, False, "it did not end in time"),
    ],
)
def test_how_a_try_ended(status: UpstreamStatus | None, ok: bool, words: str) -> None:  # noqa: FBT001 - a column of the table
    """In words."""
    assert said(status) == (ok, words)


def test_a_try_asks_for_the_least() -> None:
    """The shortest length that model and engine share."""
    pool = Pool(engine=Vertex(), credentials=())
    catalogue = routed(load_catalogue(), {"vertex": pool}, animatic_fallback=False)
    spec = tiny_spec(pool, catalogue)
    assert catalogue.models[spec.model].route == ("vertex",)
    assert spec.duration_s in pool.engine.capabilities.lengths_s(spec.model)
    with pytest.raises(ServerMisconfigured):
        tiny_spec(pool, load_catalogue())
