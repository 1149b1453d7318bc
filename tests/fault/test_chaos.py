"""A few rounds of what `make chaos` does for hundreds."""

import os
import pathlib
import random

import pytest

from fault.chaos import rounds

SEED = int(os.environ.get("REELGATE_TEST_SEED", random.SystemRandom().randrange(10_000)))
ROUNDS = 5
LIMIT_S = 20.0


async def test_what_was_promised_holds_after_some_rounds_of_faults(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost, doubled, half-served or untold; the seed repeats the rounds."""
    print(f"seed {SEED}")  # noqa: T201 - so that a run can be repeated
    # As long as a dead worker's jobs wait for others is longer than this test.
    monkeypatch.setattr("fault.chaos.BEYOND_THE_HEARTBEAT_S", 1.0)
    facts = await rounds(tmp_path, SEED, ROUNDS, LIMIT_S)
    assert facts["tasks"] > 0
    assert facts["events"] >= facts["tasks"]
