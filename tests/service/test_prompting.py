"""Prompts are translated and enhanced by a stand-in service that misbehaves, and never in silence."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from fakes import PRICE, FakeEngine, delivering, make_spec, open_account, put_task, write_video
from faraway import drive, make_pool, put, with_pools
from reelgate.core.task import State, Task
from reelgate.store.database import Database
from reelgate.store.tasks import load_task
from reelgate.worker import chat
from reelgate.worker.advance import advance
from reelgate.worker.chat import ChatService, openai_wire
from reelgate.worker.send import Sender
from reelgate.worker.workshop import Workshop
from standin import openai_videos

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class StandIn:
    """A chat endpoint that does what it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.answer: Answer = says("A dog on a beach")
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        self.asked.append(json.loads(await reader.readexactly(length)))
        await self.answer(writer)
        writer.close()


def says(text: object, status: int = 200) -> Answer:
    body = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    return sends(b"HTTP/1.1 %d x\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body))


def sends(content: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return answer


async def hangs(writer: asyncio.StreamWriter) -> None:
    """Answer nothing for longer than anybody waits."""
    await asyncio.sleep(3)


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    """A running stand-in."""
    stand_in = StandIn()
    server = await asyncio.start_server(stand_in.serve, "127.0.0.1", 0)
    stand_in.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    yield stand_in
    server.close()


async def made(workshop: Workshop, database: Database, url: str | None, **asked: str) -> tuple[Task, list[str]]:
    """Have a task made that wants a translation; return it and the prompts that its engine was given."""
    engine = FakeEngine(script=delivering(write_video(workshop.scratch_folder / "ready.mp4")))
    account = await open_account(database, PRICE)
    async with Sender() as sender:
        service = ChatService(wire=openai_wire(url, "small", "k"), sender=sender) if url else None
        shop = replace(workshop, engines={"animatic": engine}, prompts=service)
        spec = make_spec(prompt="Ein Hund am Strand", translate_prompt=True, **asked)
        task_id = await put_task(database, account, spec=spec)
        await advance(shop, task_id)
    task = await load_task(database, task_id)
    assert task is not None
    assert task.state is State.SUCCEEDED, task.failure
    return task, [order.spec.prompt for order in engine.orders]


async def test_a_prompt_is_translated_and_both_are_kept(
    workshop: Workshop, database: Database, stand_in: StandIn
) -> None:
    """The engine gets the translation; the original stays in the spec."""
    task, given = await made(workshop, database, stand_in.url)
    assert given == ["A dog on a beach"]
    assert (task.spec.prompt, task.final_prompt) == ("Ein Hund am Strand", "A dog on a beach")
    assert task.understanding is not None
    assert task.understanding.understood[0] == "prompt: translated"
    assert "Ein Hund am Strand" in json.dumps(stand_in.asked[0])


async def test_the_camera_s_move_stands_before_whatever_the_prompt_becomes(
    workshop: Workshop, database: Database, stand_in: StandIn
) -> None:
    """The engine alone is given it so."""
    task, given = await made(workshop, database, stand_in.url, camera="push in")
    assert given == ["Camera: push in. A dog on a beach"]
    assert (task.spec.prompt, task.final_prompt) == ("Ein Hund am Strand", "A dog on a beach")


async def test_nothing_is_translated_in_silence_without_a_service(workshop: Workshop, database: Database) -> None:
    """The result says so, and the engine gets the prompt as it is."""
    task, given = await made(workshop, database, None)
    assert given == ["Ein Hund am Strand"]
    assert task.final_prompt is None
    assert task.understanding is not None
    assert task.understanding.ignored == ("prompt: not translated, no prompt service is set up",)


@pytest.mark.parametrize(
    ("answer", "phrase"),
    [
        (says("", 200), "answered nothing"),
        (says("x", 500), "answered 500"),
        (says("x", 429), "answered 429"),
        (sends(b"HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"), "answered 302"),
        (sends(b"HTTP/1.1 200 x\r\ncontent-length: 500\r\n\r\nhalf"), "did not answer"),
        (sends(b"HTTP/1.1 200 x\r\ncontent-length: 9000000\r\n\r\n"), "did not answer"),
        (sends(b""), "did not answer"),
        (hangs, "did not answer"),
    ],
    ids=["empty", "500", "429", "redirect", "cut", "huge", "reset", "hang"],
)
async def test_a_service_in_trouble_changes_nothing_but_what_is_told(
    workshop: Workshop,
    database: Database,
    stand_in: StandIn,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    phrase: str,
) -> None:
    """The video is made of the prompt as it is."""
    monkeypatch.setattr(chat, "ANSWER_S", 0.5)
    stand_in.answer = answer
    task, given = await made(workshop, database, stand_in.url)
    assert given == ["Ein Hund am Strand"]
    assert task.final_prompt is None
    assert task.understanding is not None
    assert task.understanding.ignored[0].startswith("prompt: not translated, the prompt service")
    assert phrase in task.understanding.ignored[0]


async def test_engines_far_away_get_the_translation_too(
    workshop: Workshop, database: Database, stand_in: StandIn
) -> None:
    """Once, whatever happens to the submit; without a service the result says that nothing was translated."""
    account = await open_account(database, 4 * PRICE)
    video = write_video(workshop.scratch_folder.parent / "far.mp4").read_bytes()
    async with openai_videos(video).serve() as upstream, Sender() as sender:
        far = with_pools(workshop, sender, make_pool(upstream))
        service = ChatService(wire=openai_wire(stand_in.url, "small", "k"), sender=sender)
        wish = {"prompt": "Ein Hund am Strand", "translate_prompt": True, "enhance_prompt": True, "duration_s": 1}
        served = await drive(replace(far, prompts=service), await put(far, account, **wish))
        alone = await drive(far, await put(far, account, **wish))
        prompts = [submit.body for submit in upstream.of_kind("submit")]
    assert [b"A dog on a beach" in body for body in prompts] == [True, False]
    assert served.understanding
    assert alone.understanding
    assert (served.final_prompt, served.understanding.understood[0]) == ("A dog on a beach", "prompt: translated")
    assert (alone.final_prompt, alone.understanding.ignored[0].split(",")[0]) == (None, "prompt: not translated")
