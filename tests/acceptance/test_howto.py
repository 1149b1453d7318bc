"""The how-to's scripts, run as they stand in the environments of the clients that they are for."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from acceptance.client_environments import client_python
from running import Server
from videos import look_at

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "howto" / "point-a-client.md"
SCRIPTS = re.findall(r"^```python ?([\w-]*)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("client", "script"), SCRIPTS, ids=[name or "plain" for name, _ in SCRIPTS])
def test_a_script_saves_a_video(server: Server, tmp_path: pathlib.Path, client: str, script: str) -> None:
    """With the server's address and a key in the environment, and nothing else."""
    python = client_python(client) if client else sys.executable
    done = subprocess.run(
        [python, "-W", "ignore::DeprecationWarning", "-c", script],
        check=False, capture_output=True, text=True, timeout=120, cwd=tmp_path,
        env={"BASE": server.url, "KEY": server.key, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert look_at(tmp_path / "clip.mp4").frames >= 96


def test_every_client_has_a_script() -> None:
    """The page is read as it is meant to be: three packages and one without any."""
    assert [name for name, _ in SCRIPTS] == ["openai", "google-genai-2", "google-genai-3", ""]
