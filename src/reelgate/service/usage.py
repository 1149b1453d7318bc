"""Export what an account did with its credits: lines that sum to the ledger (L13)."""

import csv
import datetime as dt
import io
import uuid
from dataclasses import dataclass
from typing import Any, Final

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.core.ledger import credits_text
from reelgate.store.database import Database
from reelgate.store.usage import Line, Standing, load_usage

#: The columns of a line; amounts are in credits, exactly.
COLUMNS: Final = (
    "transfer", "at", "kind", "task", "wire", "model", "lot", "available", "reserved", "charged", "actor", "reason",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """An account's lines from one time until before another, with what it had at both."""

    account: str
    start: dt.datetime
    end: dt.datetime
    opening: Standing
    closing: Standing
    lines: tuple[Line, ...]


async def export_usage(
    database: Database, account: tuple[uuid.UUID, str], start: dt.datetime, end: dt.datetime
) -> Usage:
    """Return the usage of an account, given by id and name, from one snapshot.

    Raises:
        FieldsInvalid: the span ends before it begins.

    """
    if end < start:
        raise FieldsInvalid([FieldProblem("to", "must not lie before the beginning")])
    account_id, name = account
    opening, lines, closing = await load_usage(database, account_id, start, end)
    return Usage(account=name, start=start, end=end, opening=opening, closing=closing, lines=lines)


def to_facts(usage: Usage) -> dict[str, Any]:
    """Return usage as JSON shows it. Pure."""
    return {
        "account": usage.account,
        "from": _time(usage.start),
        "to": _time(usage.end),
        "opening": _standing(usage.opening),
        "lines": [dict(zip(COLUMNS, _cells(line), strict=True)) for line in usage.lines],
        "closing": _standing(usage.closing),
    }


def to_csv(usage: Usage) -> str:
    """Return usage as CSV: a head, and one line each. Pure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in usage.lines:
        *cells, actor, reason = _cells(line)
        writer.writerow([*cells, _harmless(actor), _harmless(reason)])
    return text.getvalue()


def _cells(line: Line) -> tuple[*tuple[int | str | None, ...], str | None, str | None]:
    return (
        line.id,
        _time(line.created_at),
        line.kind,
        str(line.task_id) if line.task_id else None,
        line.dialect,
        line.model,
        line.lot_id,
        credits_text(line.available),
        credits_text(line.reserved),
        credits_text(line.charged),
        line.actor,
        line.reason,
    )


def _standing(standing: Standing) -> dict[str, str]:
    return {
        "available": credits_text(standing.available),
        "reserved": credits_text(standing.reserved),
        "charged": credits_text(standing.charged),
    }


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _harmless(text: str | None) -> str | None:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" else text
