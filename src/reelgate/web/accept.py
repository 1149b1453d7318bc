"""Accept tasks for the handlers of every wire: one task for each idempotency key, however often a request is sent."""

from typing import Final

from reelgate.service.submit import Accepted, Submission, submit
from reelgate.web.dialect import Call
from reelgate.web.fingerprint import once_of

#: Says that an answer is that of an earlier request.
REPLAYED_HEADER: Final = "Idempotency-Replayed"


async def accept(call: Call, submission: Submission) -> Accepted:
    """Accept a task as `service.submit` does; a request that was sent before gets its task again.

    Raises:
        FieldsInvalid: the idempotency key cannot be one.
        ReelgateError: whatever `submit` raises.

    """
    accepted = await submit(call.gateway, call.principal, submission, once_of(call.request))
    if accepted.replayed:
        call.headers[REPLAYED_HEADER] = "true"
    return accepted
