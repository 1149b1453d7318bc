"""Send one event to one URL, through the rules of `kit.fetch`; what goes wrong on the way is an answer too."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from reelgate.kit.fetch import FetchProblem, FetchRefused, FetchRules
from reelgate.kit.post import post
from reelgate.webhooks.prepare import Answer

#: A receiver answers within this time, or it is tried again.
ANSWER_S: Final = 15.0
#: So much of an answer is read, and so much of that is kept.
READ_MAX_BYTES: Final = 4096
KEPT_CHARS: Final = 500


def send_rules(rules: FetchRules) -> FetchRules:
    """Return the operator's rules with the times and sizes of webhooks."""
    return replace(rules, size_max_bytes=READ_MAX_BYTES, total_s=ANSWER_S, read_s=ANSWER_S, redirects_max=0)


async def send(url: str, body: bytes, headers: Mapping[str, str], rules: FetchRules) -> Answer:
    """POST `body` as JSON and return what came of it. May be repeated: receivers know an event by its id."""
    try:
        posted = await post(url, body, headers={"Content-Type": "application/json", **headers}, rules=rules)
    except FetchRefused as error:
        return Answer(problem=str(error), hopeless=True)
    except FetchProblem as error:
        return Answer(problem=str(error))
    text = posted.content.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return Answer(status=posted.status, retry_after=posted.headers.get("retry-after"), text=text[:KEPT_CHARS])
