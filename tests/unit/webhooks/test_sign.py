"""Signatures, by the judgement of the official library."""

import datetime as dt

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from reelgate.webhooks.sign import SECRET_BYTES, sign_headers, to_hint, to_text

OLD, NEW, OTHER = (bytes([value]) * SECRET_BYTES for value in (1, 2, 3))
BODY = '{"prompt": "größer"}'.encode()


def test_each_live_secret_verifies() -> None:
    """And no other one does."""
    headers = sign_headers("evt_1", BODY, dt.datetime.now(dt.UTC), [NEW, OLD])
    for secret in (OLD, NEW):
        assert Webhook(to_text(secret)).verify(BODY, headers) == {"prompt": "größer"}
    with pytest.raises(WebhookVerificationError):
        Webhook(to_text(OTHER)).verify(BODY, headers)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_what_is_signed_cannot_be_changed(name: str) -> None:
    """Neither the id, nor the time, nor the body."""
    headers = sign_headers("evt_1", BODY, dt.datetime.now(dt.UTC), [NEW])
    with pytest.raises(WebhookVerificationError):
        Webhook(to_text(NEW)).verify(BODY, headers | {name: headers[name] + "1"})
    with pytest.raises(WebhookVerificationError):
        Webhook(to_text(NEW)).verify(BODY + b" ", headers)


def test_a_hint_is_not_the_secret() -> None:
    """It tells secrets apart, and no more."""
    assert to_hint(OLD) == "whsec_AQEB…"
    assert to_hint(OLD) != to_hint(NEW)
