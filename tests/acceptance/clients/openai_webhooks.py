"""Reads an event with the official openai package, unmodified, as a receiver does, and prints it as JSON.

Run by `tests/acceptance/test_webhooks.py` in a virtual environment of its own. Arguments: the secret, the headers as
JSON, the body, and another secret, which must not do.
"""

import json
import sys

from openai import InvalidWebhookSignatureError, OpenAI


def main(secret: str, headers: str, body: str, other: str) -> None:
    """Verify and read."""
    client = OpenAI(api_key="unused", base_url="http://127.0.0.1:1", webhook_secret=secret)
    event = client.webhooks.unwrap(body, json.loads(headers))
    refused = False
    try:
        client.webhooks.unwrap(body, json.loads(headers), secret=other)
    except InvalidWebhookSignatureError:
        refused = True
    facts = {"id": event.id, "type": event.type, "video": event.data.id, "refused": refused}
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
