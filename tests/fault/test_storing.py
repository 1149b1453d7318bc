"""Faults while what was made is stored: between the file and the row that names it."""

import asyncio
import os
import pathlib
import random

from fault.chaos import fill_the_disk_while_storing, kill_worker_while_storing, open_patiently, play, settle, stage_in

SEED = int(os.environ.get("REELGATE_TEST_SEED", random.SystemRandom().randrange(10_000)))


async def test_what_dies_or_has_no_room_while_storing_leaves_nothing_behind(tmp_path: pathlib.Path) -> None:
    """Every task ends well with its own files; what the dead have left is noted, and goes when it is a day old."""
    print(f"seed {SEED}")  # noqa: T201 - so that a run can be repeated
    async with stage_in(tmp_path, random.Random(SEED)) as stage:  # noqa: S311 - not a secret
        for fault in (kill_worker_while_storing, fill_the_disk_while_storing, kill_worker_while_storing):
            await play(stage, fault)
        await settle(stage)
        objects = tmp_path / "data" / "objects"
        database = await open_patiently(stage.postgres.dsn)
        try:
            states = {row["state"] for row in await database.fetch("SELECT state FROM tasks")}
            assert states == {"succeeded"}
            kept = {row["object_key"] for row in await database.fetch("SELECT object_key FROM artifacts")}
            left = stored(objects) - kept
            assert left, "no worker died between the file and its row: the fault has missed"
            await database.fetch("UPDATE unclaimed_files SET created_at = created_at - interval '25 hours'")
            # The next sweep of the running worker.
            for _ in range(600):
                if not await database.fetchval("SELECT count(*) FROM unclaimed_files"):
                    break
                await asyncio.sleep(0.2)
            assert stored(objects) == kept
        finally:
            await database.close()


def stored(objects: pathlib.Path) -> set[str]:
    """Return the keys of all stored files."""
    return {
        str(path.relative_to(objects)) for path in objects.rglob("*") if path.is_file() and ".partial" not in path.parts
    }
