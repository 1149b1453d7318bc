"""The script between the supervisor and Postgres."""

import os
import pathlib
import signal
import subprocess
import sys

from reelgate.kit.postgres.launch import EXIT_REFUSED, LAUNCH_COMPLAINT, plan_launch

SHOW = (sys.executable, "-I", "-S", "-c", "import os, sys; print(os.getuid(), *sys.argv[1:])")


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_program_takes_its_place_with_its_arguments(tmp_path: pathlib.Path) -> None:
    """Options and double dashes of the program stay the program's."""
    command = plan_launch(
        [*SHOW, "-x", "--", "a b"], signal=signal.SIGINT, uid=os.geteuid(), gid=os.getegid(), folders=[tmp_path]
    )
    done = run(command)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{os.geteuid()} -x -- a b\n", "")


def test_script_imports_nothing_of_ours(tmp_path: pathlib.Path) -> None:
    """It runs isolated from site-packages, so that it starts fast."""
    command = plan_launch(list(SHOW), signal=signal.SIGINT, uid=os.geteuid(), gid=os.getegid(), folders=[])
    assert command[1:3] == ["-I", "-S"]
    assert pathlib.Path(command[3]).name == "launch.py"


def test_program_of_a_dead_parent_is_not_started() -> None:
    """The kernel's signal would never come."""
    command = plan_launch(list(SHOW), signal=signal.SIGINT, uid=os.geteuid(), gid=os.getegid(), folders=[])
    command[4] = "0"
    done = run(command)
    assert done.returncode == EXIT_REFUSED
    assert done.stdout == ""
    assert done.stderr == f"{LAUNCH_COMPLAINT}the parent has ended\n"


def test_missing_program_is_said() -> None:
    """The supervisor shows the line."""
    command = plan_launch(["/missing/postgres"], signal=signal.SIGINT, uid=os.geteuid(), gid=os.getegid(), folders=[])
    done = run(command)
    assert done.returncode == EXIT_REFUSED
    assert done.stderr.startswith(LAUNCH_COMPLAINT)


def test_user_that_may_not_be_changed_to_is_said() -> None:
    """An ordinary user cannot become another one, and nobody can become the user that does not exist."""
    command = plan_launch(list(SHOW), signal=signal.SIGINT, uid=2**32 - 1, gid=os.getegid(), folders=[])
    done = run(command)
    assert done.returncode == EXIT_REFUSED
    assert "ordinary user" in done.stderr
