"""Accept tasks for the handlers of every wire: one task for each idempotency key, however often a request is sent.

A request that has passed through too many gateways, which then lead to each other, is refused.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.core.keys import Scope, check_scope
from reelgate.core.upstream import HOPS_HEADER, HOPS_MAX
from reelgate.service.submit import Accepted, Submission, submit
from reelgate.web.dialect import Call
from reelgate.web.fingerprint import once_of

#: Says that an answer is that of an earlier request.
REPLAYED_HEADER: Final = "Idempotency-Replayed"


async def accept(call: Call, submission: Submission) -> Accepted:
    """Accept a task as `service.submit` does; a request that was sent before gets its task again.

    Raises:
        KeyForbidden: the key may not make tasks.
        FieldsInvalid: the idempotency key cannot be one, or the request goes round in a ring.
        ReelgateError: whatever `submit` raises.

    """
    check_scope(call.principal.scopes, Scope.CREATE)
    if hops := read_hops(call.request.headers):
        submission = replace(submission, spec=replace(submission.spec, hops=hops))
    accepted = await submit(call.gateway, call.principal, submission, once_of(call.request))
    if accepted.replayed:
        call.headers[REPLAYED_HEADER] = "true"
    return accepted


def read_hops(headers: Mapping[str, str]) -> int:
    """Return through how many gateways a request has come. Pure.

    Raises:
        FieldsInvalid: they are too many, or the header is no number.

    """
    text = headers.get(HOPS_HEADER, "0").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise FieldsInvalid([FieldProblem(HOPS_HEADER, "must be a whole number")])
    if int(text) > HOPS_MAX:
        raise FieldsInvalid(
            [FieldProblem(HOPS_HEADER, f"{text} gateways have passed the request on; they form a ring")]
        )
    return int(text)
