"""What a prompt has rehearsed at submit, the refusals that a real service answers with, and at a download. Pure.

`submit` calls it, and so do the wires that hand out files themselves.
"""

from dataclasses import replace

from reelgate.core.errors import CreditsInsufficient, RateLimited, ServerBusy, ServerMisconfigured, TaskFinished
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT
from reelgate.core.rehearsal import Download, read_rehearsal
from reelgate.core.task import TaskSpec


def with_rehearsal(spec: TaskSpec, *, allowed: bool) -> TaskSpec:
    """Return a spec that says whether the directives in its prompt are followed; refuse it where they say so.

    Raises:
        PromptInvalid: they cannot be read.
        CreditsInsufficient, TaskFinished, RateLimited, ServerMisconfigured, ServerBusy: as rehearsed.

    """
    rehearsal = read_rehearsal(spec.prompt) if allowed else None
    match rehearsal and rehearsal.submit:
        case 402:
            raise CreditsInsufficient(required_microcredits=MICROCREDITS_PER_CREDIT, available_microcredits=0)
        case 409:
            raise TaskFinished("The request conflicts with another one, as rehearsed.")
        case 429:
            raise RateLimited(retry_after_s=rehearsal.retry_after_s if rehearsal else 0, limit=1)
        case 500:
            raise ServerMisconfigured("The server has failed, as rehearsed.")
        case 503:
            raise ServerBusy("The server is busy, as rehearsed.")
    return spec if spec.rehearsed == (rehearsal is not None) else replace(spec, rehearsed=rehearsal is not None)


def rehearsed_download(spec: TaskSpec) -> Download | None:
    """Return what happens to whoever fetches the video of a task, wherever; None where nothing is rehearsed."""
    rehearsal = read_rehearsal(spec.prompt) if spec.rehearsed else None
    return rehearsal.download if rehearsal else None
