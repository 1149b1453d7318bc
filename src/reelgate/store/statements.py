"""The SQL statements by name, read from `sql/queries/*.sql` once at import.

A statement starts with a line `-- name: NAME` and a line of description. SQL lives in those files and nowhere else.
"""

import importlib.resources
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_MARK: Final = "-- name: "


def read_statements(text: str) -> dict[str, str]:
    """Split a file of statements into name -> SQL, comments included.

    Raises:
        ValueError: a name stands twice.

    """
    statements: dict[str, str] = {}
    for part in ("\n" + text).split("\n" + _MARK)[1:]:
        name, _, body = part.partition("\n")
        if name.strip() in statements:
            raise ValueError(f"statement {name.strip()} stands twice")
        statements[name.strip()] = body.strip()
    return statements


def _load(file_name: str) -> Mapping[str, str]:
    text = importlib.resources.files(__package__).joinpath("sql", "queries", file_name).read_text(encoding="utf-8")
    return MappingProxyType(read_statements(text))


TASKS: Final = _load("tasks.sql")
ACCOUNTS: Final = _load("accounts.sql")
CREDITS: Final = _load("credits.sql")
CREDENTIALS: Final = _load("credentials.sql")
SECRETS: Final = _load("secrets.sql")
FILES: Final = _load("files.sql")
TAILS: Final = _load("tails.sql")
WEBHOOKS: Final = _load("webhooks.sql")
DELIVERIES: Final = _load("deliveries.sql")
QUEUE: Final = _load("queue.sql")
UPSTREAM: Final = _load("upstream.sql")
VERIFY: Final = _load("verify.sql")
