"""The paths of the Gemini API's WebhookService, as google-genai's `client.webhooks` speaks to it: thin handlers.

A webhook is an endpoint of the key's account that hears of tasks in this wire's words. `routes` serves them.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from msgspec import UNSET

from reelgate.core.errors import FieldProblem, FieldsInvalid, TaskUnknown
from reelgate.core.ids import from_base32, to_base32
from reelgate.core.keys import Scope
from reelgate.dialects.gemini.translate import NAME, to_timestamp
from reelgate.dialects.gemini.wire import (
    JSON,
    EmptyAnswer,
    RotateAnswer,
    RotateRequest,
    SigningSecret,
    Webhook,
    WebhookChange,
    WebhookChangeQuery,
    WebhookRequest,
    WebhooksAnswer,
    WebhooksQuery,
)
from reelgate.service import notify
from reelgate.service.notify import Desk
from reelgate.store.webhooks import Endpoint, Secret, Signer
from reelgate.web.body import read_json_object
from reelgate.web.dialect import Call, Operation, WireAnswer
from reelgate.web.fields import read_fields
from reelgate.webhooks.sign import to_hint

#: What an event of this wire says of how a task ended.
EVENTS: Final = {"video.generated": ("succeeded",), "video.failed": ("failed", "canceled")}
#: Events of the page that nothing here causes.
OTHERS: Final = frozenset(
    {
        "batch.succeeded",
        "batch.cancelled",
        "batch.expired",
        "batch.failed",
        "interaction.requires_action",
        "interaction.completed",
        "interaction.failed",
        "interaction.cancelled",
    }
)

_FIELDS: Final = {"url": "uri", "events": "subscribed_events"}
_AT_ONCE: Final = "revoke_previous_secrets_immediately"


async def register(call: Call) -> WireAnswer:
    """Register a webhook and show its secret, once."""
    wire = read_fields(WebhookRequest, await read_json_object(call.request))
    wanted = notify.Wanted(url=wire.uri, wire=NAME, events=to_events(wire.subscribed_events), name=wire.name or None)
    with_names = await _in_words(call, wanted)
    return _answer(from_endpoint(with_names.endpoint, (), secret=with_names.secret))


async def list_webhooks(call: Call) -> WireAnswer:
    """Answer with the webhooks of the account."""
    read_fields(WebhooksQuery, call.request.query_params, strict=False)
    desk = _desk(call)
    found = [each for each in await notify.list_endpoints(desk, call.principal.account_id) if each.wire == NAME]
    return WireAnswer(
        status=200, body=WebhooksAnswer(webhooks=[await _shown(desk, each) for each in found]), headers=JSON
    )


async def get_webhook(call: Call) -> WireAnswer:
    """Answer with one webhook."""
    return _answer(await _shown(_desk(call), await _named(call)))


async def change_webhook(call: Call) -> WireAnswer:
    """Change what the body says, or what of it the mask names."""
    wire = read_fields(WebhookChange, await read_json_object(call.request))
    query = read_fields(WebhookChangeQuery, call.request.query_params, strict=False)
    desk, endpoint = _desk(call), await _named(call)
    changed = to_changed(endpoint, wire, query.update_mask)
    try:
        await notify.change_endpoint(desk, changed)
    except FieldsInvalid as error:
        raise renamed(error) from error
    return _answer(await _shown(desk, await _named(call)))


async def delete_webhook(call: Call) -> WireAnswer:
    """Forget a webhook."""
    await notify.remove_endpoint(_desk(call), (await _named(call)).id)
    return _answer(EmptyAnswer())


async def ping_webhook(call: Call) -> WireAnswer:
    """Send a webhook an event that no operation made."""
    await notify.ping(_desk(call), (await _named(call)).id)
    return _answer(EmptyAnswer())


async def rotate_secret(call: Call) -> WireAnswer:
    """Make a new secret and show it, once."""
    body = await read_json_object(call.request) if call.request.headers.get("content-length", "0") != "0" else {}
    wire = read_fields(RotateRequest, body)
    endpoint = await _named(call)
    signer = Signer(account_id=endpoint.account_id, endpoint_id=endpoint.id)
    at_once = (wire.revocation_behavior or "").lower() == _AT_ONCE
    return _answer(RotateAnswer(secret=await notify.rotate_secret(_desk(call), signer, at_once=at_once)))


def to_events(names: Iterable[str]) -> tuple[str, ...]:
    """Return the ends of tasks that events of this wire are of; other events of the page are taken and not kept.

    Raises:
        FieldsInvalid: one is no event, or none is of videos.

    """
    names = tuple(names)
    if unknown := [name for name in names if name not in EVENTS and name not in OTHERS]:
        raise FieldsInvalid([FieldProblem("subscribed_events", f"has no event {unknown[0][:100]}")])
    events = tuple(dict.fromkeys(event for name in names for event in EVENTS.get(name, ())))
    if not events:
        raise FieldsInvalid(
            [FieldProblem("subscribed_events", f"needs one of {', '.join(EVENTS)}: nothing else happens")]
        )
    return events


def to_changed(endpoint: Endpoint, wire: WebhookChange, mask: str | None) -> Endpoint:
    """Return an endpoint with what the body says, or what of it the mask names."""
    counts = set(mask.split(",")) if mask else {"name", "uri", "subscribed_events", "state"}
    if "name" in counts and (wire.name is not None or mask):
        endpoint = replace(endpoint, name=wire.name or None)
    if "uri" in counts and wire.uri is not None:
        endpoint = replace(endpoint, url=wire.uri)
    if "subscribed_events" in counts and wire.subscribed_events is not None:
        endpoint = replace(endpoint, events=to_events(wire.subscribed_events))
    if "state" in counts and wire.state is not None:
        reason = None if wire.state == "enabled" else endpoint.disabled_reason or "operator"
        endpoint = replace(endpoint, disabled_reason=reason)
    return endpoint


def from_endpoint(endpoint: Endpoint, secrets: Iterable[Secret], *, secret: str | None = None) -> Webhook:
    """Return an endpoint as a webhook; `secret` is shown once."""
    state: Final = {None: "enabled", "operator": "disabled"}
    return Webhook(
        id=to_base32(endpoint.id),
        name=endpoint.name or UNSET,
        uri=endpoint.url,
        subscribed_events=[name for name, events in EVENTS.items() if set(events) & set(endpoint.events)],
        state=state.get(endpoint.disabled_reason, "disabled_due_to_failed_deliveries"),  # type: ignore[arg-type]
        create_time=to_timestamp(endpoint.created_at),
        update_time=to_timestamp(endpoint.updated_at),
        new_signing_secret=secret or UNSET,
        signing_secrets=[
            SigningSecret(
                truncated_secret=to_hint(each.secret),
                expire_time=to_timestamp(each.expires_at) if each.expires_at else UNSET,
            )
            for each in secrets
        ]
        or UNSET,
    )


def renamed(error: FieldsInvalid) -> FieldsInvalid:
    """Return an error in this wire's names of fields."""
    return FieldsInvalid([FieldProblem(_FIELDS.get(p.field, p.field), p.problem) for p in error.problems])


def webhook_operations(version: str, suffix: str) -> Iterator[Operation]:
    """Return the paths below one version of the API."""
    all_, one = f"/{version}/webhooks", f"/{version}/webhooks/{{webhook}}"
    yield Operation(
        method="POST", path=all_, handler=register, scope=Scope.WEBHOOKS, operation_id=f"createWebhook{suffix}",
        summary="Register a webhook", status=200, answer=Webhook, body=WebhookRequest, errors=(400, 403),
    )  # fmt: skip
    yield Operation(
        method="GET", path=all_, handler=list_webhooks, operation_id=f"listWebhooks{suffix}",
        summary="List webhooks", status=200, answer=WebhooksAnswer, query=WebhooksQuery, errors=(400, 403),
    )  # fmt: skip
    yield Operation(
        method="POST", path=f"{one}:ping", handler=ping_webhook, scope=Scope.WEBHOOKS,
        operation_id=f"pingWebhook{suffix}",
        summary="Send a webhook an event", status=200, answer=EmptyAnswer, errors=(400, 403),
    )  # fmt: skip
    yield Operation(
        method="POST", path=f"{one}:rotateSigningSecret", handler=rotate_secret, scope=Scope.WEBHOOKS,
        operation_id=f"rotateSigningSecret{suffix}", summary="Make a new secret", status=200, answer=RotateAnswer,
        body=RotateRequest, body_required=False, errors=(400, 403),
    )  # fmt: skip
    yield Operation(
        method="GET", path=one, handler=get_webhook, operation_id=f"getWebhook{suffix}",
        summary="Get a webhook", status=200, answer=Webhook, errors=(400, 403),
    )  # fmt: skip
    yield Operation(
        method="PATCH", path=one, handler=change_webhook, scope=Scope.WEBHOOKS, operation_id=f"updateWebhook{suffix}",
        summary="Change a webhook", status=200, answer=Webhook, body=WebhookChange, query=WebhookChangeQuery,
        errors=(400, 403),
    )  # fmt: skip
    yield Operation(
        method="DELETE", path=one, handler=delete_webhook, scope=Scope.WEBHOOKS, operation_id=f"deleteWebhook{suffix}",
        summary="Forget a webhook", status=200, answer=EmptyAnswer, errors=(400, 403),
    )  # fmt: skip


def _desk(call: Call) -> Desk:
    gateway = call.gateway
    return Desk(
        database=gateway.database,
        vault=gateway.vault,
        rules=gateway.fetch_rules,
        wires=(NAME,),
        clock=gateway.clock,
        random=gateway.random,
    )


def _answer(body: Webhook | EmptyAnswer | RotateAnswer) -> WireAnswer:
    return WireAnswer(status=200, body=body, headers=JSON)


async def _in_words(call: Call, wanted: notify.Wanted) -> notify.NewEndpoint:
    try:
        return await notify.add_endpoint(_desk(call), call.principal.account_id, wanted)
    except FieldsInvalid as error:
        raise renamed(error) from error


async def _shown(desk: Desk, endpoint: Endpoint) -> Webhook:
    signer = Signer(account_id=endpoint.account_id, endpoint_id=endpoint.id)
    return from_endpoint(endpoint, await notify.secrets_of(desk, signer))


async def _named(call: Call) -> Endpoint:
    name = call.request.path_params["webhook"]
    endpoint_id = None
    with contextlib.suppress(ValueError):
        endpoint_id = from_base32(name)
    found = await notify.find_endpoint(_desk(call), endpoint_id, call.principal.account_id) if endpoint_id else None
    if found is None or found.wire != NAME:
        raise TaskUnknown(f"You do not have permission to access the Webhook {name[:100]} or it may not exist.")
    return found
