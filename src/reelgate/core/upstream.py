"""The port of engines that are reached over HTTP: calls and answers as values, written and read by pure functions.

An engine says what to send and what an answer means; it sends nothing. `worker.send` does all the input and output,
adds what authorises a call, and keeps the limits; `worker.remote` decides what happens next. A new upstream is one
folder in `engines` with a `RemoteEngine`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from reelgate.core.errors import EngineError
from reelgate.core.ports import Capabilities
from reelgate.core.task import Role, TaskSpec

#: Counts the gateways that a request has passed through; more than this many lead to each other in a ring.
HOPS_HEADER: Final = "x-reelgate-hops"
HOPS_MAX: Final = 3
#: What an answer may weigh unless its call says otherwise; statuses are small.
REPLY_MAX_BYTES: Final = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpCall:
    """One request to an upstream, without what authorises it."""

    method: Literal["GET", "POST", "DELETE"]
    #: http or https, whole.
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    #: A larger answer is cut off and is an error.
    reply_max_bytes: int = REPLY_MAX_BYTES
    #: From the last byte sent to the last byte of the answer.
    total_s: float = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpReply:
    """A whole answer, whatever its status."""

    status: int
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteInput:
    """An input with its bytes, already checked and upright."""

    role: Role
    content: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteOrder:
    """What a remote engine is told."""

    spec: TaskSpec
    inputs: tuple[RemoteInput, ...]
    #: What the upstream calls the model.
    model: str
    #: Ours for this very submit: letters, digits and dashes. A repeated submit has the same.
    reference: str
    #: How many gateways have passed the request on, this one not counted.
    hops: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where and as whom an upstream is called: one credential of an engine, without its secret."""

    #: For people, and the same for ever: budgets, circuits and running jobs go by it.
    name: str
    #: Scheme, host and path prefix, without a slash at the end.
    base_url: str
    #: What else the engine needs to know, such as a project.
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class UpstreamJob:
    """The upstream has accepted; this is its own handle."""

    handle: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotNow:
    """The upstream has not accepted, and may do so later or elsewhere: a quota, an overload."""

    reason: str
    #: None where the upstream did not say.
    retry_after_s: float | None = None
    #: The credential is to blame, and its owner has to mend it.
    credential_bad: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Unclear:
    """Nobody can tell whether the upstream has accepted."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """The upstream has said no for good, or its job has failed."""

    error: EngineError


SubmitAnswer = UpstreamJob | NotNow | Unclear | Failed


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputBytes:
    """A video that came with the status."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputCall:
    """A video that the upstream hands out to whom it knows: authorised like its other calls."""

    call: HttpCall


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputUrl:
    """A video at a URL that the upstream named; fetched like a stranger's, without anything that authorises."""

    url: str


Output = OutputBytes | OutputCall | OutputUrl


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """The job is alive."""

    #: 0 to 100, or None where the upstream does not say.
    progress: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """The job has ended, with videos, or with some or all of them filtered."""

    outputs: tuple[Output, ...]
    #: Videos that the upstream's content policy held back.
    filtered: int = 0
    #: Why, in the upstream's words.
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """The upstream answered with something that has no known meaning."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """The upstream does not know the job, or not any more."""


UpstreamStatus = Running | Done | Failed | Unknown | Gone | NotNow


class RemoteEngine(Protocol):
    """An engine behind HTTP, as pairs of pure functions."""

    @property
    def name(self) -> str:
        """Return the name that routes use."""

    @property
    def capabilities(self) -> Capabilities:
        """Return what it can do."""

    def model_for(self, model: str) -> str | None:
        """Return what the upstream calls a model of the catalogue, or None when it does not serve it."""

    def submit_call(self, order: RemoteOrder, place: Place) -> HttpCall:
        """Return the call that starts a job.

        Raises:
            EngineRefused: the order holds something that the upstream has no word for.

        """

    def read_submit(self, reply: HttpReply) -> SubmitAnswer:
        """Read the answer to a submit."""

    def poll_call(self, job: UpstreamJob, place: Place) -> HttpCall:
        """Return the call that asks how a job is."""

    def read_poll(self, reply: HttpReply, job: UpstreamJob, place: Place) -> UpstreamStatus:
        """Read how a job is."""

    def cancel_call(self, job: UpstreamJob, place: Place) -> HttpCall | None:
        """Return the call that ends a job early, or None where the upstream cannot; its answer is not read."""


#: The upstream, or something in front of it, has not taken the request in.
_NOT_NOW: Final = frozenset({408, 425, 429, 500, 503, 529})
_BAD_CREDENTIAL: Final = frozenset({401, 402, 403, 407})


def read_trouble(reply: HttpReply, message: str) -> NotNow | Unclear | None:
    """Return what a status means on every wire, or None when the wire itself has to be asked. Pure.

    A server that says 500 or 503 answers for itself: it has not accepted. A gateway that says 502 or 504 has lost the
    server behind it, as has anything that is neither success nor the caller's fault: nobody can tell.
    """
    if reply.status in _NOT_NOW:
        return NotNow(reason=f"status {reply.status}: {message}", retry_after_s=retry_after_s(reply.headers))
    if reply.status in _BAD_CREDENTIAL:
        return NotNow(reason=f"status {reply.status}: {message}", credential_bad=True)
    if reply.status >= 500 or reply.status < 200:
        return Unclear(reason=f"status {reply.status}: {message}")
    return None


def read_poll_trouble(reply: HttpReply, message: str) -> NotNow | None:
    """Return what a status means that answers a question: asking again does no harm, so nothing is unclear. Pure."""
    trouble = read_trouble(reply, message)
    return NotNow(reason=trouble.reason) if isinstance(trouble, Unclear) else trouble


#: Nobody waits longer than this because a header says so.
RETRY_AFTER_MAX_S: Final = 3600.0


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, bounded; None for none, or for a date: clocks differ. Pure."""
    text = headers.get("retry-after", "").strip()
    if not text or not text.isascii() or not text.replace(".", "", 1).isdigit():
        return None
    return min(float(text), RETRY_AFTER_MAX_S)


def shortened(text: str, chars_max: int = 300) -> str:
    """Return a text of an upstream for logs and people: one line, cut. Pure."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= chars_max else f"{line[: chars_max - 1]}…"


def one_input(inputs: Sequence[RemoteInput], role: Role) -> RemoteInput | None:
    """Return the first input of a role. Pure."""
    return next((item for item in inputs if item.role is role), None)


class Access(Protocol):
    """What authorises the calls of one credential."""

    async def headers(self) -> Mapping[str, str]:
        """Return the headers that authorise a call now.

        Raises:
            AccessFailed: there are none to be had.

        """


class AccessFailed(Exception):
    """A credential cannot authorise calls now; str(error) says why, without a secret."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """One way into an upstream, with what its owner lets us use of it."""

    place: Place
    access: Access = field(repr=False)
    #: How it is shown: enough to tell it from others.
    masked: str
    #: None: as many as the upstream takes.
    submits_per_minute: float | None = None
    submits_per_day: int | None = None
    polls_per_s: float = 50.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """A remote engine with its credentials."""

    engine: RemoteEngine
    credentials: tuple[Credential, ...]

    def credential(self, name: str) -> Credential | None:
        """Return a credential by its name."""
        return next((c for c in self.credentials if c.place.name == name), None)
