"""Virtual environments for vendors' own clients, which must not meet each other nor the server's dependencies.

Each has a lock with hashes, `clients/NAME.lock`, made from `clients/NAME.in` with

    uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
        --python-version 3.11 -o NAME.lock NAME.in

and lives in `.venv-clients/NAME` of the checkout until its lock changes. Scripts in `clients/` run in them as processes
of their own and print what came of it as JSON.
"""

import fcntl
import hashlib
import json
import pathlib
import subprocess
import sys
from typing import Any

CLIENTS = pathlib.Path(__file__).parent / "clients"
ENVIRONMENTS = pathlib.Path(__file__).parents[2] / ".venv-clients"
INSTALL_MAX_S = 600
RUN_MAX_S = 240


def client_python(name: str) -> pathlib.Path:
    """Return the interpreter of a client's environment, which is made where it is missing or of another lock."""
    lock = CLIENTS / f"{name}.lock"
    folder = ENVIRONMENTS / name
    python = folder / "bin" / "python"
    stamp = folder / ".lock-sha256"
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version}"
    ENVIRONMENTS.mkdir(exist_ok=True)
    # Two runs of the tests at the same time make it once.
    with (ENVIRONMENTS / f"{name}.busy").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            _uv("venv", "--clear", "--python", sys.executable, str(folder))
            _uv(
                "pip",
                "install",
                "--system-certs",
                "--python",
                str(python),
                "--require-hashes",
                "--no-deps",
                "-r",
                str(lock),
            )
            stamp.write_text(wanted)
    return python


def run_client(python: pathlib.Path, script: str, *arguments: str) -> Any:
    """Run `clients/SCRIPT` to its end and return the JSON that it printed last."""
    command = [str(python), "-W", "ignore::DeprecationWarning", str(CLIENTS / script), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=RUN_MAX_S)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _uv(*arguments: str) -> None:
    program = pathlib.Path(sys.executable).parent / "uv"
    done = subprocess.run(
        [str(program), "--quiet", *arguments], check=False, capture_output=True, text=True, timeout=INSTALL_MAX_S
    )
    assert done.returncode == 0, done.stderr
