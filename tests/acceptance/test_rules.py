"""Every combination that a model's sheet rules out, as one table, through every wire that can say it.

A wire that has the model and a place for everything that a case asks either refuses it in its own words, when the case
names the wire, or takes it. Before a refusal no credit moves. Sources: the model sheets of the vendors, 2026-11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from acceptance.asks import WIRES, Ask, Source, source_from
from acceptance.conftest import Gate, Tenant
from fakes import load_catalogue
from reelgate.core.task import State
from reelgate.store.tasks import load_task

CATALOGUE = load_catalogue()

VEO_30 = ("veo-3.0", "veo-3.0-fast")
VEO_31 = ("veo-3.1", "veo-3.1-fast")
LITE = "veo-3.1-lite"
VEO_3 = (*VEO_30, *VEO_31, LITE)
ACEDATA_HD = ("veo2", "veo2-fast", "veo3", "veo3-fast", "veo31-fast")

#: What is blamed is a field of `Ask`; "mode" beside it says that the model has no such mode on the wire.
Blame = str | tuple[str, str]


@dataclass(frozen=True)
class Case:
    """What is asked of some models, and on which wires it is refused for what."""

    name: str
    models: tuple[str, ...]
    ask: Ask
    refused: Mapping[str, Blame] = field(default_factory=dict)


def on(wires: str, blame: Blame) -> dict[str, Blame]:
    """Return that some wires refuse for one thing."""
    return dict.fromkeys(wires.split(), blame)


GOOGLE = "gemini vertex"
EVERY = "veo4api veo3gen veoapi acedata vtrix gemini vertex openai"

CASES = [
    # 8 s for 1080p and 4k.
    Case("4 s of 1080p", VEO_30, Ask(duration_s=4, resolution="1080p"), on("gemini", "duration_s")),
    Case("6 s of 1080p", VEO_31, Ask(duration_s=6, resolution="1080p"), on("gemini vtrix", "duration_s")),
    Case("4 s of 1080p", (LITE,), Ask(duration_s=4, resolution="1080p"),
         on("gemini", "duration_s") | on("veo3gen", "resolution")),
    Case("8 s of 1080p", (*VEO_30, *VEO_31), Ask(duration_s=8, resolution="1080p")),
    Case("1080p by default", (*VEO_30, *VEO_31), Ask(resolution="1080p")),
    Case("4 s of 4k", VEO_31, Ask(duration_s=4, resolution="4k"),
         on("gemini vtrix", "duration_s") | on("veo3gen", "resolution")),
    Case("8 s of 4k", VEO_31, Ask(duration_s=8, resolution="4k"), on("veo3gen", "resolution")),
    Case("4 s of 720p", VEO_3, Ask(duration_s=4, resolution="720p")),
    # Sizes per model.
    Case("4k", (*VEO_30, LITE, "veo-2.0"), Ask(resolution="4k"), on("veo3gen gemini vertex", "resolution")),
    Case("4k", ("veo-4", "sora-2", "sora-2-pro"), Ask(resolution="4k"), on(EVERY, "resolution")),
    Case("4k", ("animatic",), Ask(resolution="4k"), on("veo4api veo3gen", "resolution")),
    Case("4k", ACEDATA_HD, Ask(resolution="4k"), on("acedata", "resolution")),
    Case("4k", ("veo31",), Ask(resolution="4k")),
    Case("1080p", ("veo-2.0",), Ask(resolution="1080p"), on(GOOGLE, "resolution")),
    Case("a word about its one size", ("veo-2.0",), Ask(resolution="720p"), on("gemini", "resolution")),
    Case("1080p", ("sora-2",), Ask(resolution="1080p"), on("openai", "resolution")),
    Case("1080p", ("sora-2-pro", "veo-4", "animatic", *ACEDATA_HD), Ask(resolution="1080p")),
    Case("1024p", ("sora-2-pro",), Ask(resolution="1024p")),
    Case("1024p", ("sora-2", "veo-3.1", "veo-2.0", "veo-4", "veo31", "animatic"), Ask(resolution="1024p"),
         on(EVERY, "resolution")),
    Case("a square", (*VEO_3, "veo-2.0", "veo-3", "sora-2", "sora-2-pro"), Ask(ratio="1:1"), on(EVERY, "ratio")),
    Case("a square", ("animatic", "veo-4", "veo31-fast"), Ask(ratio="1:1")),
    Case("4:3", ("veo-4",), Ask(ratio="4:3"), on("veo4api", "ratio")),
    Case("21:9", ("animatic", "veo31"), Ask(ratio="21:9"), on(EVERY, "ratio")),
    Case("upright", (*VEO_3, "veo-2.0", "veo-2", "sora-2", "veo2"), Ask(ratio="9:16")),
    # Lengths per model.
    Case("5 s", VEO_3, Ask(duration_s=5), on("veo3gen vtrix gemini vertex", "duration_s")),
    Case("10 s", VEO_3, Ask(duration_s=10), on("veo3gen vtrix gemini vertex", "duration_s")),
    Case("4 s", ("veo-2.0", "veo-4", "veo3-fast"), Ask(duration_s=4), on(EVERY, "duration_s")),
    Case("9 s", ("veo-2.0", "veo-3", "veo-2", "sora-2"), Ask(duration_s=9), on(EVERY, "duration_s")),
    Case("5 s", ("veo-2.0", "veo-3", "veo-2", "animatic"), Ask(duration_s=5)),
    Case("no time", ("animatic",), Ask(duration_s=0), on(EVERY, "duration_s")),
    Case("61 s", ("animatic",), Ask(duration_s=61), on(EVERY, "duration_s")),
    Case("24 s", ("sora-2", "sora-2-pro"), Ask(duration_s=24), on("openai", "duration_s")),
    Case("12 s", ("sora-2", "sora-2-pro"), Ask(duration_s=12)),
    # Counts per model.
    Case("2 videos", VEO_3, Ask(samples=2), on("gemini", "samples")),
    Case("2 videos", ("veo-2.0",), Ask(samples=2)),
    Case("3 videos", ("veo-2.0",), Ask(samples=3), on("gemini", "samples")),
    Case("5 videos", (*VEO_3, "veo-2.0", "animatic"), Ask(samples=5), on("veo3gen gemini vertex", "samples")),
    Case("no video", (*VEO_3, "veo-2.0", "animatic"), Ask(samples=0), on("veo3gen gemini vertex", "samples")),
    # Reference pictures: up to 3, 8 s, Veo 3.1 and its fast sister.
    Case("3 references", VEO_31, Ask(references=3)),
    Case("4 references", (*VEO_31, "veo31-fast-ingredients", "animatic"), Ask(references=4), on(EVERY, "references")),
    Case("4 s from references", VEO_31, Ask(references=1, duration_s=4), on("vtrix gemini vertex", "duration_s")),
    Case("references", (*VEO_30, LITE, "veo-2.0"), Ask(references=1), on(GOOGLE, ("mode", "references"))),
    Case("3 pictures", ("veo-4",), Ask(references=3), on("veo4api", "references")),
    Case("no picture to fuse", ("veo31-fast-ingredients",), Ask(), on("acedata", "references")),
    # First and last frame.
    Case("a last frame alone", ("veo-3.1",), Ask(last=True),
         on("vtrix gemini vertex", "last") | on("veo3gen", ("missing", "firstFrame"))),
    Case("first and last frame", VEO_31, Ask(first=True, last=True)),
    Case("first and last frame", VEO_30, Ask(first=True, last=True),
         on(GOOGLE, ("mode", "last")) | on("veo3gen", ("mode", "model"))),
    Case("first and last frame", (LITE,), Ask(first=True, last=True), on("veo3gen", ("mode", "model"))),
    Case("first and last frame", ("veo-2.0",), Ask(first=True, last=True), on("gemini", ("mode", "last"))),
    Case("first and last frame", ("veo2", "veo3", "veo31-fast"), Ask(first=True, last=True)),
    Case("first and last frame", ("veo2-fast",), Ask(first=True, last=True), on("acedata", ("mode", "first"))),
    # Extension: 8 s and 720p on two wires, and not for every model.
    Case("an extension", VEO_31, Ask(video=True)),
    Case("4 s more", VEO_31, Ask(video=True, duration_s=4), on("vtrix gemini", "duration_s")),
    Case("1080p more", VEO_31, Ask(video=True, resolution="1080p"), on("vtrix gemini", "resolution")),
    Case("4k more", VEO_31, Ask(video=True, resolution="4k"), on("vtrix gemini", "resolution")),
    Case("9 s more", VEO_31, Ask(video=True, duration_s=9), on("vtrix gemini vertex", "duration_s")),
    Case("an extension", (*VEO_30, LITE), Ask(video=True), on(GOOGLE, ("mode", "video"))),
    Case("an extension", ("veo-2.0",), Ask(video=True), on("gemini", ("mode", "video"))),
    Case("an extension", ("veo31-fast", "veo31", "sora-2"), Ask(video=True)),
    Case("an extension", ("veo3", "veo3-fast"), Ask(video=True), on("acedata", ("mode", "model"))),
    Case("an extension of its old line", ("veo2", "veo2-fast"), Ask(video=True), on("acedata", "video")),
    Case("5 s more", ("sora-2",), Ask(video=True, duration_s=5), on("openai", "duration_s")),
    Case("24 s more", ("sora-2",), Ask(video=True, duration_s=24), on("openai", "duration_s")),
    # What cannot stand together.
    Case("picture and video", ("veo-3.1",), Ask(first=True, video=True), on("vtrix gemini vertex", "first")),
    Case("references and video", ("veo-3.1",), Ask(references=1, video=True), on("vtrix gemini vertex", "references")),
    Case("references and picture", ("veo-3.1",), Ask(references=1, first=True), on("vtrix gemini vertex", "first")),
    Case("references and last frame", ("veo-3.1",), Ask(references=1, last=True), on("vtrix gemini vertex", "last")),
    Case("video and last frame", ("veo-3.1",), Ask(video=True, last=True), on("vtrix gemini vertex", "last")),
    # Persons per mode.
    Case("all people from a text", (*VEO_3, "veo-2.0"), Ask(person="allow_all")),
    Case("adults from a text", (*VEO_3, "veo-2.0"), Ask(person="allow_adult"), on("vtrix", "person")),
    Case("nobody from a text", VEO_3, Ask(person="dont_allow"), on("vtrix gemini", "person")),
    Case("nobody from a text", ("veo-2.0",), Ask(person="dont_allow")),
    Case("adults from a picture", (*VEO_3, "veo-2.0"), Ask(first=True, person="allow_adult")),
    Case("all people from a picture", (*VEO_3, "veo-2.0"), Ask(first=True, person="allow_all"),
         on("vtrix gemini", "person")),
    Case("nobody from a picture", VEO_3, Ask(first=True, person="dont_allow"), on("vtrix gemini", "person")),
    Case("nobody from a picture", ("veo-2.0",), Ask(first=True, person="dont_allow")),
    Case("all people between frames", VEO_31, Ask(first=True, last=True, person="allow_all"),
         on("vtrix gemini", "person")),
    Case("all people from references", VEO_31, Ask(references=1, person="allow_all"), on("vtrix gemini", "person")),
    Case("adults in an extension", VEO_31, Ask(video=True, person="allow_adult"), on("vtrix", "person")),
    Case("nobody in an extension", VEO_31, Ask(video=True, person="dont_allow"), on("vtrix gemini", "person")),
    Case("some people", (*VEO_3, "animatic"), Ask(person="some"), on(EVERY, "person")),
    # Sound, rewriting, seeds, texts.
    Case("silence", VEO_3, Ask(audio=False), on("gemini", "audio")),
    Case("sound", VEO_3, Ask(audio=True), on("gemini", "audio")),
    Case("sound", ("veo-2.0",), Ask(audio=True), on(GOOGLE, "audio")),
    Case("silence", ("veo-2.0",), Ask(audio=False), on("gemini", "audio")),
    Case("the prompt as it is", VEO_3, Ask(enhance=False), on(GOOGLE, "enhance")),
    Case("the prompt as it is", ("veo-2.0", "animatic"), Ask(enhance=False)),
    Case("a seed of 33 bits", ("animatic", "veo-3.1", "sora-2"), Ask(seed=2**32), on(EVERY, "seed")),
    Case("a negative seed", ("animatic", "veo-3.1", "sora-2"), Ask(seed=-1), on(EVERY, "seed")),
    Case("the largest seed", ("veo-3.1", "sora-2"), Ask(seed=2**32 - 1)),
    Case("a seed of four digits", ("veo-4",), Ask(seed=9999), on("veo4api", "seed")),
    Case("a seed of six digits", ("veo-4",), Ask(seed=100_000), on("veo4api", "seed")),
    Case("a seed of five digits", ("veo-4",), Ask(seed=99_999)),
    Case("a long negative prompt", ("animatic", "veo-3.1", "sora-2"), Ask(negative="x" * 501), on(EVERY, "negative")),
]  # fmt: skip

#: (case, model, wire) for all that can be said.
SAID = [
    (case, model, wire)
    for case in CASES
    for model in case.models
    for wire, speaker in WIRES.items()
    if wire in CATALOGUE.models[model].names
    and speaker.can_say(case.ask)
    and speaker.say(case.ask, CATALOGUE.models[model].names[wire].name, Source(content=b"")) is not None
]


@pytest.fixture(scope="module")
async def payer(gate: Gate) -> Tenant:
    """An account that can pay for all of it."""
    return await gate.open_account("rules", credits_granted=1_000_000)


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    """The finished videos of models that were asked for so far."""
    return {}


async def source_of(gate: Gate, payer: Tenant, model: str, sources: dict[str, Source]) -> Source:
    """Return a finished video of a model."""
    if model not in sources:
        task_id = await gate.put(payer, State.SUCCEEDED, model=model, duration_s=8)
        task = await load_task(gate.database, task_id)
        assert task
        sources[model] = source_from(task, gate.url, gate.video)
    return sources[model]


async def tasks_of(gate: Gate, payer: Tenant) -> int:
    count: int = await gate.database.fetchval(
        "SELECT count(*) FROM tasks WHERE account_id = $1", payer.principal.account_id
    )
    return count


@pytest.mark.parametrize(
    ("case", "model", "wire"), SAID, ids=[f"{case.name}, {model}, {wire}" for case, model, wire in SAID]
)
async def test_what_a_model_s_sheet_says_holds_on_the_wire(
    gate: Gate, payer: Tenant, sources: dict[str, Source], case: Case, model: str, wire: str
) -> None:
    """Refused in the wire's own body, with the field named and no credit moved; or taken, and paid for."""
    speaker = WIRES[wire]
    source = await source_of(gate, payer, model, sources)
    spoken = speaker.say(case.ask, CATALOGUE.models[model].names[wire].name, source)
    assert spoken
    before, tasks = await gate.balance(payer), await tasks_of(gate, payer)
    answer = await gate.client.post(spoken.path, headers=dict(payer.headers()), **spoken.arguments())
    after = await gate.balance(payer)
    blame = case.refused.get(wire)
    if blame is None:
        assert answer.status_code == speaker.success, answer.text
        reserved = after[1] - before[1]
        assert (before[0] - after[0], await tasks_of(gate, payer)) == (reserved, tasks + 1)
        assert (reserved > 0) == (model != "animatic")
        return
    kind, blamed, sentence = speaker.read(answer.status_code, answer.json())
    assert (after, await tasks_of(gate, payer)) == (before, tasks), "credits moved"
    wanted_kind, wanted = blame if isinstance(blame, tuple) else ("fields", blame)
    assert kind == wanted_kind, sentence
    assert speaker.names.get(wanted, wanted) in blamed, sentence


def test_the_table_is_whole() -> None:
    """Every wire refuses something and takes something, and every wire that a case names can say it."""
    for wire in WIRES:
        assert {wire in case.refused for case, _, said in SAID if said == wire} == {True, False}
    for case in CASES:
        able = {wire for said, _, wire in SAID if said is case}
        named = set(case.refused)
        assert named <= able or named == set(EVERY.split()), case.name
