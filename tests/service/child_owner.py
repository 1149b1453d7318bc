"""A process that owns a pool and a call that never ends, to be killed by `test_children`; runs on uvloop."""

import sys

import uvloop

from reelgate.kit.children import ChildPool, Limits


async def own(folder: str) -> None:
    pool = ChildPool(environment={"PYTHONPATH": folder})
    limits = Limits(memory_bytes=200_000_000, cpu_s=60, wall_s=60, file_bytes=None)
    assert await pool.call("child_targets:echo", 7, limits=limits) == 7

    def tell(pids: list[int]) -> None:
        sys.stdout.write(" ".join(map(str, [pool.zygote_pid, *pids])) + "\n")
        sys.stdout.flush()

    await pool.call("child_targets:wait_with_grandchild", None, limits=limits, on_event=tell)


uvloop.run(own(sys.argv[1]))
