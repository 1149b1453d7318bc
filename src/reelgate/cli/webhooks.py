"""`reelgate webhooks`: where accounts hear of all their tasks, what was sent, and sending it again."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

import typer

from reelgate.app.tables import fetch_rules, load_vault
from reelgate.app.wires import wires_with_events
from reelgate.cli.data_folder import open_database
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run, show, table
from reelgate.cli.tasks import find_any_task_id
from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.service import notify
from reelgate.service.notify import EVENTS, Desk
from reelgate.settings import Settings
from reelgate.store.accounts import find_account
from reelgate.store.deliveries import Attempt, Delivery, Range, list_deliveries, replay_deliveries
from reelgate.store.webhooks import Endpoint, Signer
from reelgate.webhooks.sign import to_hint, to_text

app = typer.Typer(no_args_is_help=True, help="Webhooks.")

#: What an account hears in, unless another wire is named: small, and as Standard Webhooks suggests.
DEFAULT_WIRE: Final = "openai"

EndpointId = Annotated[str, typer.Argument(help="The id, or its beginning, as `webhooks list` shows it.")]
Account = Annotated[str | None, typer.Option(help="Of this account alone.")]


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="http or https.")],
    data: Data = None,
    account: Annotated[str, typer.Option(help="Whose tasks it hears of.")] = "default",
    wire: Annotated[str, typer.Option(help="In whose words.")] = DEFAULT_WIRE,
    events: Annotated[str, typer.Option(help="What it hears of, separated by commas.")] = ",".join(EVENTS),
    name: Annotated[str | None, typer.Option(help="For people.")] = None,
    json: Json = False,
) -> None:
    """Add an endpoint and show its secret."""
    chosen = tuple(event.strip() for event in events.split(",") if event.strip())
    wanted = notify.Wanted(url=url, wire=wire, events=chosen, name=name)
    facts = run(_add(settings_for(data), account, wanted))
    show(facts, as_json=json, text=lambda: f"{facts['id']}\n{facts['secret']}")


@app.command("list")
def list_(data: Data = None, account: Account = None, json: Json = False) -> None:
    """List endpoints, with the beginnings of their secrets."""
    facts = run(_list(settings_for(data), account))
    rows = [["id", "account", "wire", "events", "state", "since", "secrets", "url"]]
    rows += [
        [e["id"], e["account"], e["wire"], ",".join(e["events"]), e["state"], e["disabled_at"] or "", *_last(e)]
        for e in facts["endpoints"]
    ]
    show(facts, as_json=json, text=lambda: table(rows))


@app.command()
def rotate(
    endpoint: Annotated[str | None, typer.Argument(help="An endpoint's id; none for the account's own secret.")] = None,
    data: Data = None,
    account: Annotated[str | None, typer.Option(help="Whose secret, of URLs that single requests name.")] = None,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="The old secret signs no more, not even for a day.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a new secret and show it; the old one signs beside it for 24 hours."""
    facts = run(_rotate(settings_for(data), endpoint, account, at_once=at_once))
    show(facts, as_json=json, text=lambda: str(facts["secret"]))


@app.command()
def secret(
    data: Data = None,
    account: Annotated[str, typer.Option(help="Whose.")] = "default",
    json: Json = False,
) -> None:
    """Show the secret that signs for the URLs that an account's single requests name."""
    facts = run(_secret(settings_for(data), account))
    show(facts, as_json=json, text=lambda: str(facts["secret"]))


@app.command()
def disable(endpoint: EndpointId, data: Data = None, json: Json = False) -> None:
    """Send an endpoint nothing more."""
    facts = run(_change(settings_for(data), endpoint, "disable"))
    show(facts, as_json=json, text=lambda: str(facts["state"]))


@app.command()
def enable(endpoint: EndpointId, data: Data = None, json: Json = False) -> None:
    """Send an endpoint what happens from now on; `replay` sends what it missed."""
    facts = run(_change(settings_for(data), endpoint, "enable"))
    show(facts, as_json=json, text=lambda: str(facts["state"]))


@app.command()
def remove(endpoint: EndpointId, data: Data = None, json: Json = False) -> None:
    """Forget an endpoint with its secrets and its log."""
    facts = run(_change(settings_for(data), endpoint, "remove"))
    show(facts, as_json=json, text=lambda: str(facts["state"]))


@app.command()
def ping(endpoint: EndpointId, data: Data = None, json: Json = False) -> None:
    """Send an endpoint an event that no task made."""
    facts = run(_change(settings_for(data), endpoint, "ping"))
    show(facts, as_json=json, text=lambda: "sent")


@app.command("deliveries")
def deliveries_(
    data: Data = None,
    account: Account = None,
    endpoint: Annotated[str | None, typer.Option(help="To this endpoint alone.")] = None,
    task: Annotated[str | None, typer.Option(help="Of this task alone; its id in any wire's form.")] = None,
    state: Annotated[str | None, typer.Option(help="pending, delivered, failed or dropped.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    json: Json = False,
) -> None:
    """List what was sent to whom, with every attempt."""
    facts = run(_deliveries(settings_for(data), account, endpoint, task, state, limit))
    rows = [["id", "event", "state", "tries", "last answer", "next", "url"]]
    for d in facts["deliveries"]:
        last = d["attempts"][-1] if d["attempts"] else {"status": "", "problem": ""}
        rows.append(
            [
                d["id"],
                d["event"],
                d["state"],
                str(len(d["attempts"])),
                str(last["status"] or last["problem"] or ""),
                d["next_attempt_at"] or "",
                d["url"],
            ]
        )
    show(facts, as_json=json, text=lambda: table(rows))


@app.command()
def replay(
    delivery: Annotated[str | None, typer.Argument(help="The id of one; none for all that the options mean.")] = None,
    data: Data = None,
    account: Account = None,
    endpoint: Annotated[str | None, typer.Option(help="To this endpoint alone.")] = None,
    since: Annotated[dt.datetime | None, typer.Option(help="Events since then, in UTC.")] = None,
    before: Annotated[dt.datetime | None, typer.Option(help="Events before then, in UTC.")] = None,
    delivered: Annotated[bool, typer.Option("--delivered", help="Those too that had arrived.")] = False,
    json: Json = False,
) -> None:
    """Send again, with the same event ids, what failed or was dropped."""
    if not any((delivery, account, endpoint, since, before)):
        raise typer.BadParameter("say which: a delivery, --account, --endpoint, --since or --before")
    span = (_utc(since), _utc(before))
    facts = run(_replay(settings_for(data), delivery, account, endpoint, span, delivered=delivered))
    show(facts, as_json=json, text=lambda: f"{facts['replayed']} on their way")
    if delivery and not facts["replayed"]:
        raise typer.Exit(1)


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_database(settings) as database:
        yield Desk(
            database=database, vault=load_vault(settings), rules=fetch_rules(settings), wires=wires_with_events()
        )


async def _account_id(desk: Desk, name: str | None) -> uuid.UUID | None:
    if name is None:
        return None
    found = await find_account(desk.database, name)
    if found is None:
        raise FieldsInvalid([FieldProblem("account", f"there is none called {name[:100]!r}")])
    return found.id


async def _endpoint(desk: Desk, text: str) -> Endpoint:
    found = [each for each in await notify.list_endpoints(desk, None) if str(each.id).startswith(text)]
    if len(found) != 1:
        problem = f"{len(found)} have an id that begins with {text[:100]!r}"
        raise FieldsInvalid([FieldProblem("endpoint", problem)])
    return found[0]


async def _add(settings: Settings, account: str, wanted: notify.Wanted) -> dict[str, Any]:
    async with _desk(settings) as desk:
        account_id = await _account_id(desk, account)
        assert account_id
        made = await notify.add_endpoint(desk, account_id, wanted)
    return {"id": str(made.endpoint.id), "account": account, "url": wanted.url, "secret": made.secret}


async def _list(settings: Settings, account: str | None) -> dict[str, Any]:
    async with _desk(settings) as desk:
        endpoints = await notify.list_endpoints(desk, await _account_id(desk, account))
        return {"endpoints": [await _facts(desk, endpoint) for endpoint in endpoints]}


async def _facts(desk: Desk, endpoint: Endpoint) -> dict[str, Any]:
    secrets = await notify.secrets_of(desk, Signer(account_id=endpoint.account_id, endpoint_id=endpoint.id))
    return {
        "id": str(endpoint.id),
        "account": endpoint.account,
        "name": endpoint.name,
        "url": endpoint.url,
        "wire": endpoint.wire,
        "events": list(endpoint.events),
        "state": f"disabled ({endpoint.disabled_reason})" if endpoint.disabled_reason else "enabled",
        "failing_since": _iso(endpoint.failing_since),
        "disabled_at": _iso(endpoint.disabled_at),
        "secrets": [to_hint(each.secret) for each in secrets],
    }


def _last(endpoint: dict[str, Any]) -> list[str]:
    return [" ".join(endpoint["secrets"]), endpoint["url"]]


async def _rotate(settings: Settings, endpoint: str | None, account: str | None, *, at_once: bool) -> dict[str, Any]:
    async with _desk(settings) as desk:
        if endpoint:
            found = await _endpoint(desk, endpoint)
            signer = Signer(account_id=found.account_id, endpoint_id=found.id)
        else:
            account_id = await _account_id(desk, account or "default")
            assert account_id
            signer = Signer(account_id=account_id)
        return {"secret": await notify.rotate_secret(desk, signer, at_once=at_once)}


async def _secret(settings: Settings, account: str) -> dict[str, Any]:
    async with _desk(settings) as desk:
        account_id = await _account_id(desk, account)
        assert account_id
        secrets = await notify.secrets_of(desk, Signer(account_id=account_id))
    return {"account": account, "secret": to_text(secrets[0].secret)}


async def _change(settings: Settings, text: str, what: str) -> dict[str, Any]:
    async with _desk(settings) as desk:
        endpoint = await _endpoint(desk, text)
        if what == "remove":
            await notify.remove_endpoint(desk, endpoint.id)
            return {"id": str(endpoint.id), "state": "removed"}
        if what == "ping":
            await notify.ping(desk, endpoint.id)
        elif what == "disable":
            await notify.disable_endpoint(desk, endpoint)
        else:
            await notify.enable_endpoint(desk, endpoint)
        return await _facts(desk, await _endpoint(desk, str(endpoint.id)))


async def _deliveries(
    settings: Settings, account: str | None, endpoint: str | None, task: str | None, state: str | None, limit: int
) -> dict[str, Any]:
    async with _desk(settings) as desk:
        found = await list_deliveries(
            desk.database,
            account_id=await _account_id(desk, account),
            endpoint_id=(await _endpoint(desk, endpoint)).id if endpoint else None,
            task_id=await find_any_task_id(desk.database, task) if task else None,
            state=state,
            limit=limit,
        )
    return {"deliveries": [_delivery_facts(delivery, attempts) for delivery, attempts in found]}


def _delivery_facts(delivery: Delivery, attempts: Sequence[Attempt]) -> dict[str, Any]:
    return {
        "id": str(delivery.id),
        "event_id": delivery.event_id,
        "event": delivery.event,
        "account": delivery.account,
        "task": str(delivery.task_id) if delivery.task_id else None,
        "endpoint": str(delivery.endpoint_id) if delivery.endpoint_id else None,
        "url": delivery.url,
        "wire": delivery.wire,
        "state": delivery.state,
        "created_at": _iso(delivery.created_at),
        "next_attempt_at": _iso(delivery.next_attempt_at) if delivery.state == "pending" else None,
        "attempts": [
            {
                "number": attempt.number,
                "started_at": _iso(attempt.started_at),
                "duration_ms": attempt.duration_ms,
                "status": attempt.status,
                "problem": attempt.problem,
                "answer": attempt.answer,
            }
            for attempt in attempts
        ],
    }


async def _replay(
    settings: Settings,
    delivery: str | None,
    account: str | None,
    endpoint: str | None,
    span: tuple[dt.datetime | None, dt.datetime | None],
    *,
    delivered: bool,
) -> dict[str, Any]:
    async with _desk(settings) as desk:
        meant = Range(
            delivery_id=_read_uuid(delivery) if delivery else None,
            endpoint_id=(await _endpoint(desk, endpoint)).id if endpoint else None,
            account_id=await _account_id(desk, account),
            since=span[0],
            before=span[1],
            states=("failed", "dropped", "delivered") if delivered or delivery else ("failed", "dropped"),
        )
        return {"replayed": await replay_deliveries(desk.database, meant, desk.clock())}


def _read_uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise FieldsInvalid([FieldProblem("delivery", "is not the id of a delivery")]) from error


def _utc(time: dt.datetime | None) -> dt.datetime | None:
    return time.replace(tzinfo=dt.UTC) if time else None


def _iso(time: dt.datetime | None) -> str | None:
    return time.isoformat(timespec="milliseconds") if time else None
