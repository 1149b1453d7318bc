"""An upstream for the bench: a server of the OpenAI Videos wire that only waits, and remembers when it was done.

Run by `in_flight` as a process of its own: python bench/far_end.py VIDEO. Its port is the first line that it prints.
How long a job takes stands in its prompt, "mean spread" in seconds; GET /log tells of all.
"""

import asyncio
import json
import pathlib
import random
import sys
import time
from dataclasses import dataclass, field


@dataclass
class Job:
    """One job."""

    ready_at: float
    polls: int = 0
    #: When it was first told to be done.
    told_at: float | None = None


@dataclass
class FarEnd:
    """The server."""

    video: bytes
    jobs: dict[str, Job] = field(default_factory=dict)
    lots: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - durations, nothing more

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests on one connection until it is closed."""
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split(" ", 2)
                length = 0
                while (head := (await reader.readline()).decode().lower().strip()) != "":
                    name, _, value = head.partition(":")
                    length = int(value) if name == "content-length" else length
                media_type, body = self.answer(method, path, await reader.readexactly(length))
                start = f"HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n\r\n"
                writer.write(start.encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def answer(self, method: str, path: str, body: bytes) -> tuple[str, bytes]:
        """Return the media type and the bytes of an answer."""
        now = time.time()
        if method == "POST":
            prompt = body.partition(b'name="prompt"\r\n\r\n')[2].partition(b"\r\n")[0].decode()
            mean_s, spread_s = map(float, prompt.split())
            name = f"video_{len(self.jobs)}"
            self.jobs[name] = Job(ready_at=now + max(1.0, self.lots.gauss(mean_s, spread_s)))
            return "application/json", json.dumps({"id": name, "status": "queued"}).encode()
        if path == "/log":
            told = {name: [job.ready_at, job.polls, job.told_at] for name, job in self.jobs.items()}
            return "application/json", json.dumps(told).encode()
        name, _, rest = path.removeprefix("/v1/videos/").partition("/")
        if rest:
            return "video/mp4", self.video
        job = self.jobs[name]
        job.polls += 1
        if now >= job.ready_at and job.told_at is None:
            job.told_at = now
        status = "completed" if now >= job.ready_at else "in_progress"
        return "application/json", json.dumps({"id": name, "status": status}).encode()


async def main(video: bytes) -> None:
    """Serve until killed."""
    far_end = FarEnd(video=video)
    server = await asyncio.start_server(far_end.talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(pathlib.Path(sys.argv[1]).read_bytes()))
