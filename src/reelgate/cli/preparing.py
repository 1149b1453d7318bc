"""Has a server's settings checked and its database prepared by a process that ends before the parts start.

`serve` itself stays small in memory that way: it imports neither the catalogue nor what stores and engines need.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from reelgate.settings import Settings

#: What the process says when it has found nothing wrong.
CHECKED: Final = {"checked": True}


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What the process has found and made for the others."""

    #: Without `REELGATE_DATABASE_URL`, the keys of the data folder that seal secrets: to its parts the database is one
    #: that others may share.
    secret_keys: str | None = None
    #: With `--dev`, the key to show, and the credits that it had at first.
    key: str | None = None
    credits: int = 0


class Preparation:
    """The process, from its start until it has prepared the database."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take a process that was started with pipes to its standard input and output."""
        self._process = process

    async def checked(self) -> None:
        """Wait until the settings are checked.

        Raises:
            SystemExit: something is wrong with them; the process has said what.

        """
        await self._told()

    async def prepare(self, dsn: str) -> Prepared:
        """Bring the database up to date.

        Raises:
            SystemExit: that was not possible; the process has said why.

        """
        assert self._process.stdin
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(f"{dsn}\n".encode())
            await self._process.stdin.drain()
        return Prepared(**await self._told())

    async def _told(self) -> dict[str, Any]:
        assert self._process.stdout
        if line := await self._process.stdout.readline():
            facts: dict[str, Any] = json.loads(line)
            return facts
        status = await self._process.wait()
        raise SystemExit(status if status > 0 else f"reelgate: the preparation of the server was ended ({status})")


@contextlib.asynccontextmanager
async def preparation(settings: Settings, *, dev: bool) -> AsyncIterator[Preparation]:
    """Start the process; it has ended afterwards, whatever happened."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "reelgate.cli.prepare_process", *(["--dev"] if dev else [])),
        env={**os.environ, **settings.to_environment(), "REELGATE_DATA": str(settings.data.resolve())},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    try:
        yield Preparation(process)
    finally:
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
