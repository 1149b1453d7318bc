"""Looks after webhooks through the official google-genai package, unmodified, and prints what came of it as JSON.

Run by `tests/acceptance/test_webhooks.py` in a virtual environment of its own. Arguments: base URL, key, where to send
events.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from google import genai


def main(base_url: str, key: str, uri: str) -> None:
    """Register, look, change, rotate, ping, list; the webhook stays."""
    client = genai.Client(api_key=key, http_options={"base_url": base_url})
    hooks = client.webhooks
    facts: dict[str, Any] = {}
    made = hooks.create(subscribed_events=["video.generated", "batch.succeeded"], uri=uri + "?old", name="mine")
    facts["made"] = plain(made)
    facts["got"] = plain(hooks.get(made.id))
    facts["changed"] = plain(hooks.update(made.id, uri=uri, state="enabled"))
    facts["rotated"] = plain(hooks.rotate_signing_secret(made.id))
    facts["pinged"] = plain(hooks.ping(made.id))
    facts["listed"] = [plain(each) for each in hooks.list().webhooks]
    other = hooks.create(subscribed_events=["video.generated"], uri=uri)
    hooks.delete(other.id)
    facts["left"] = [each.id for each in hooks.list().webhooks]
    bad: list[Callable[[], object]] = [
        lambda: hooks.get(other.id),
        lambda: hooks.create(subscribed_events=["video.generated"], uri="http://10.0.0.1/"),
        lambda: hooks.create(subscribed_events=["batch.succeeded"], uri=uri),
        lambda: hooks.create(subscribed_events=["video.imagined"], uri=uri),
    ]
    facts["refused"] = [refusal(call) for call in bad]
    sys.stdout.write(json.dumps(facts) + "\n")


def refusal(call: Callable[[], object]) -> str | None:
    """Return what a call is refused with."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - whatever class the package has for it
        return str(error)
    return None


def plain(model: Any) -> Any:
    """Return a model as JSON has it."""
    return json.loads(model.model_dump_json()) if model is not None else None


if __name__ == "__main__":
    main(*sys.argv[1:])
