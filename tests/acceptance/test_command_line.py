"""The commands that scripts use, on folders of their own."""

import json
import os
import pathlib
import subprocess
import uuid

import httpx2
import psutil
import pytest

from reelgate.core.tails import to_tail
from reelgate.dialects.vtrix import translate as vtrix
from running import PROGRAM, Server, command_facts, environment, run_command, serving, wait_for_task
from videos import likeness, look_at, picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A data folder without a server."""
    return tmp_path_factory.mktemp("folder") / "data"


def test_keys_are_made_without_a_server(folder: pathlib.Path) -> None:
    """A key is shown once, with its credits; the list does not tell it."""
    made = command_facts("keys", "create", "--data", str(folder), "--account", "team", "--credits", "700")
    assert made["key"].startswith("rg_")
    assert (made["account"], made["credits"]) == ("team", 700)
    listed = run_command("keys", "list", "--data", str(folder), "--json").stdout
    assert made["key"] not in listed
    assert json.loads(listed)["keys"][0]["id"] == made["key_id"]
    granted = command_facts("credits", "grant", "team", "50", "--data", str(folder))
    assert granted["available"] == 750


def test_generate_needs_no_server(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """A video, its thumbnail and how the prompt was read, from nothing but a folder."""
    photo = tmp_path / "photo.png"
    photo.write_bytes(picture(form="PNG"))
    out = tmp_path / "made" / "clip.mp4"
    facts = command_facts(
        "generate", "slow push-in on a boat", "--image", str(photo), "--duration", "2", "--no-audio", "--seed", "5",
        "--out", str(out), "--data", str(folder),
    )  # fmt: skip
    video = look_at(out)
    assert (video.width, video.height, video.frames, video.audio_codec) == (1280, 720, 48, None)
    assert likeness(video.first_frame, photo.read_bytes()) > 24
    assert facts["saved"] == [str(out)]
    assert pathlib.Path(facts["thumbnails"][0]).read_bytes()[:3] == b"\xff\xd8\xff"
    assert facts["understood"]
    assert (facts["state"], facts["seed"]) == ("succeeded", 5)
    longer = tmp_path / "longer.mp4"
    command_facts(
        "generate",
        "it goes on",
        "--extend",
        facts["id"],
        "--duration",
        "1",
        "--out",
        str(longer),
        "--data",
        str(folder),
    )
    assert look_at(longer).frames == 48 + 24
    larger = tmp_path / "larger.mp4"
    facts = command_facts(
        "generate", "--upscale", facts["id"], "--resolution", "1080p", "--out", str(larger), "--data", str(folder)
    )
    assert (look_at(larger).height, look_at(larger).frames, facts["prompt"]) == (1080, 48, "slow push-in on a boat")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["generate", ""], "empty"),
        (["generate", "x", "--duration", "61"], "60"),
        (["generate", "x", "--image", "/nowhere.jpg"], "nowhere"),
        (["generate", "x", "--extend", "/nowhere.mp4"], "nowhere"),
        (["generate", "x", "--extend", "y", "--upscale", "z"], "--upscale"),
        (["tasks", "show", "nonsense"], "nonsense"),
        (["credits", "grant", "nobody", "5"], "nobody"),
    ],
)
def test_errors_are_one_sentence(folder: pathlib.Path, arguments: list[str], said: str) -> None:
    """What a person typed wrong is said plainly, with a bad exit status and no traceback."""
    failed = run_command(*arguments, "--data", str(folder), check=False)
    assert failed.returncode != 0
    assert said in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("command", "variable", "value"),
    [
        ("serve", "REELGATE_PORT", "x"),
        ("serve", "REELGATE_CATALOGUE", "/etc/hostname"),
        ("serve", "REELGATE_FETCH_ALLOW", "////"),
        ("serve", "REELGATE_OBJECTS", "s9://bucket"),
        ("serve", "REELGATE_DATABASE_URL", "nonsense"),
        ("doctor", "REELGATE_LOG_LEVEL", "loud"),
        ("worker", "REELGATE_DATABASE_URL", "mysql://a:secret@b/c"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: pathlib.Path, command: str, variable: str, value: str) -> None:
    """Nothing is started that would stumble over it again and again, and no secret of it is said."""
    failed = run_command(command, "--data", str(tmp_path / "data"), check=False, **{variable: value})
    assert failed.returncode == 1
    assert failed.stderr.startswith("reelgate: ")
    assert failed.stderr.count("\n") == 1
    assert "secret" not in failed.stderr


def test_options_win_over_a_broken_environment(tmp_path: pathlib.Path) -> None:
    """In the parts that a server starts as well."""
    with serving(tmp_path / "data", variables={"REELGATE_PORT": "x"}) as server:
        assert httpx2.get(f"{server.url}/readyz").status_code == 200


def test_the_ledger_is_verified(folder: pathlib.Path) -> None:
    """The exit status says whether every invariant holds."""
    assert command_facts("ledger", "verify", "--data", str(folder))["ok"] is True


def test_the_doctor_finds_everything(folder: pathlib.Path) -> None:
    """All is well on a machine where the tests run."""
    facts = command_facts("doctor", "--data", str(folder))
    assert facts["ok"] is True
    assert {finding["what"] for finding in facts["findings"]} >= {"Python", "packages", "data folder", "ledger"}


def test_the_doctor_finds_what_is_wrong(tmp_path: pathlib.Path) -> None:
    """A folder that cannot be one."""
    (tmp_path / "file").write_text("x")
    failed = run_command("doctor", "--data", str(tmp_path / "file" / "data"), "--json", check=False)
    assert failed.returncode == 1
    assert not json.loads(failed.stdout)["ok"]


def test_a_second_server_on_the_folder_is_refused(server: Server) -> None:
    """The refusal names the folder and the process that has it."""
    second = run_command("serve", "--data", str(server.data), "--port", "0", check=False)
    assert second.returncode == 1
    assert "in use" in second.stderr
    assert str(server.process.pid) in second.stderr


def test_a_port_in_use_is_refused(server: Server, tmp_path: pathlib.Path) -> None:
    """The refusal names the port."""
    port = server.url.rpartition(":")[2]
    failed = run_command("serve", "--data", str(tmp_path / "data"), "--port", port, check=False)
    assert failed.returncode == 1
    assert port in failed.stderr


def test_commands_work_beside_a_server(server: Server, client: httpx2.Client) -> None:
    """Tasks and their reading are seen by operators, in any wire's form of the id."""
    task_id = client.post(
        "/api/video/veo4/generate", json={"prompt": "a lighthouse at night", "model": "animatic", "duration": 1}
    ).json()["task_id"]
    wait_for_task(client, task_id)
    shown = command_facts("tasks", "show", task_id, "--data", str(server.data))
    assert (shown["state"], shown["engine"], shown["dialect"]) == ("succeeded", "animatic", "veo4api")
    assert shown["understood"]
    listed = command_facts("tasks", "list", "--data", str(server.data))["tasks"]
    assert shown["id"] in {task["id"] for task in listed}
    operation = f"models/veo-3.1-generate-preview/operations/{to_tail(uuid.UUID(shown['id']))}"
    for name in (vtrix.to_id(uuid.UUID(shown["id"])), operation):
        assert command_facts("tasks", "show", name, "--data", str(server.data))["id"] == shown["id"]
    ended = run_command("tasks", "cancel", task_id, "--data", str(server.data), check=False)
    assert (ended.returncode, "already succeeded" in ended.stderr) == (1, True)
    task_id = client.post("/api/video/veo4/generate", json={"prompt": "x", "model": "animatic", "duration": 60}).json()
    canceled = command_facts("tasks", "cancel", task_id["task_id"], "--data", str(server.data))
    assert canceled["state"] == "canceled"
    assert wait_for_task(client, task_id["task_id"])["status"] == "canceled"


def test_sigterm_ends_everything(tmp_path: pathlib.Path) -> None:
    """After SIGTERM no process of the server is left."""
    with serving(tmp_path / "data") as server:
        parts = psutil.Process(server.process.pid).children(recursive=True)
        assert len(parts) >= 4
        assert server.process.poll() is None
    assert server.process.returncode == 0
    assert not [part for part in parts if part.is_running() and part.status() != psutil.STATUS_ZOMBIE]


def test_another_postgres_is_used_when_told(tmp_path: pathlib.Path, dsn: str) -> None:
    """With REELGATE_DATABASE_URL no Postgres of its own is started."""
    with serving(tmp_path / "data", variables={"REELGATE_DATABASE_URL": dsn}) as server, server.client() as client:
        assert not (server.data / "postgres").exists()
        created = client.post("/api/video/veo4/generate", json={"prompt": "x", "model": "animatic", "duration": 1})
        assert wait_for_task(client, created.json()["task_id"])["status"] == "succeeded"
    verified = run_command("ledger", "verify", "--json", REELGATE_DATABASE_URL=dsn)
    assert json.loads(verified.stdout)["ok"] is True


def test_the_demo_shows_a_video(tmp_path: pathlib.Path) -> None:
    """The newcomer's command ends with a file, what was understood and what it cost, and leaves no server."""
    out = tmp_path / "boat.mp4"
    done = subprocess.run(
        [*PROGRAM, "demo", "--data", str(tmp_path / "data"), "--out", str(out), "--aspect", "1:1"],
        check=True, capture_output=True, text=True, timeout=200, env=environment(PATH=os.environ["PATH"]),
    )  # fmt: skip
    assert look_at(out).width == 720
    assert out.with_suffix(".jpg").exists()
    for word in ("understood", "180 credits", str(out), "Next:"):
        assert word in done.stdout
    assert not (tmp_path / "data" / "server.json").exists()


def test_a_quote_needs_no_server() -> None:
    """What a wire's model costs, or why it cannot be had so."""
    assert command_facts("credits", "quote", "--resolution", "1080p")["credits"] == "240"
    asked = ("credits", "quote", "--wire", "gemini", "--model", "veo-3.1-generate-preview")
    assert command_facts(*asked, "--duration", "4")["microcredits"] == 160_000_000
    refused = run_command(*asked, "--duration", "5", check=False)
    assert (refused.returncode, "duration" in refused.stderr) == (1, True)


def test_credits_on_the_command_line(folder: pathlib.Path) -> None:
    """Granted, adjusted, bounded, given out by voucher, and exported so that all of it sums."""
    data = ("--data", str(folder))
    key = command_facts("keys", "create", "--account", "till", *data)
    command_facts("credits", "grant", "till", "10", "--paid", "--expires", "2100-01-01", *data)
    assert command_facts("credits", "adjust", "till", "-2.5", "--reason", "typed wrong", *data)["available"] == "7.5"
    code = command_facts("credits", "voucher", "create", "3", "--days", "30", *data)["code"]
    assert command_facts("credits", "voucher", "redeem", "till", code, *data)["available"] == "10.5"
    assert code not in run_command("credits", "voucher", "list", *data).stdout
    lots = command_facts("credits", "lots", "till", *data)["lots"]
    assert [(lot["source"], lot["remaining"]) for lot in lots] == [("voucher", "3"), ("grant", "7.5")]
    assert command_facts("credits", "budget", "till", "100", *data)["month_budget"] == "100"
    assert command_facts("credits", "cap", key["key_id"], "--month", "50", *data)["month_cap"] == "50"
    assert command_facts("credits", "caps", "till", *data)["caps"][0]["month_spent"] == "0"
    usage = command_facts("credits", "usage", "--account", "till", *data)
    assert [line["available"] for line in usage["lines"]] == ["10", "-2.5", "3"]
    assert usage["closing"] == {"available": "10.5", "reserved": "0", "charged": "0"}
    assert run_command("credits", "usage", "--account", "till", *data).stdout.count("\n") == 4
    assert command_facts("ledger", "verify", *data)["ok"]
    refused = run_command("credits", "adjust", "till", "-99", "--reason", "x", *data, check=False)
    assert (refused.returncode, "unreserved" in refused.stderr) == (1, True)
