"""A process that owns an embedded Postgres until it is killed: a script for test_postgres.py.

`python postgres_owner.py FOLDER [--outlived]` prints the pid of the server and its URL once it runs, and ends at the
end of its input. With --outlived the kernel does not end the server with its owner, as on systems other than Linux.
"""

import asyncio
import pathlib
import sys

from reelgate.kit.folder_lock import FolderInUse
from reelgate.kit.postgres import server
from reelgate.kit.postgres.launch import plan_launch
from reelgate.kit.postgres.server import EmbeddedPostgres


async def own(folder: pathlib.Path) -> None:
    """Run the server until the input ends."""
    owned = EmbeddedPostgres(folder)
    try:
        await owned.start()
    except FolderInUse as refusal:
        sys.stdout.write(f"refused {refusal.pid}\n")
        return
    sys.stdout.write(f"{owned.pid} {owned.dsn}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await owned.stop()


if __name__ == "__main__":
    if "--outlived" in sys.argv:
        # No signal at the owner's end.
        server.plan_launch = lambda command, **places: plan_launch(command, **{**places, "signal": 0})  # type: ignore[attr-defined]  # imported there, replaced here
    asyncio.run(own(pathlib.Path(sys.argv[1])))
