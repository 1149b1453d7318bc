"""How commands speak: facts as text for people or as JSON for scripts, and errors as one sentence."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

from reelgate.core.errors import ReelgateError
from reelgate.kit.folder_lock import FolderInUse
from reelgate.kit.postgres.errors import EmbeddedPostgresError

_T = TypeVar("_T")


def run(command: Coroutine[Any, Any, _T]) -> _T:
    """Run a command's coroutine; what goes wrong is said `plainly`."""
    with plainly():
        return asyncio.run(command)


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Say what goes wrong in one sentence on standard error, with exit status 1."""
    try:
        yield
    except (ReelgateError, EmbeddedPostgresError, FolderInUse) as error:
        sys.exit(f"reelgate: {error}")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(f"reelgate: {where}{error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(130)


def show(facts: Mapping[str, Any], *, as_json: bool, text: Callable[[], str]) -> None:
    """Print facts."""
    print(json.dumps(facts, default=str, ensure_ascii=False) if as_json else text())


def table(rows: list[list[str]]) -> str:
    """Return rows as aligned columns, the first row as head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
