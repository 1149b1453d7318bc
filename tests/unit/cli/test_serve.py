"""Which processes a server has."""

import pathlib

from reelgate.cli.handover import SOCKET_VARIABLE
from reelgate.cli.serve import plan_parts
from reelgate.settings import Settings


def test_a_server_s_parts() -> None:
    """As many that answer as were asked for, with the socket, and one worker without it."""
    settings = Settings(api_processes=2, data=pathlib.Path("/srv"))
    environment = {SOCKET_VARIABLE: "7"}
    parts = plan_parts(settings, environment, 7)
    assert [(part.name, part.arguments[-1], part.descriptors) for part in parts] == [
        ("api-0", "reelgate.cli.api_process", (7,)),
        ("api-1", "reelgate.cli.api_process", (7,)),
        ("worker", "reelgate.cli.worker_process", ()),
    ]
    assert all(part.environment == environment for part in parts)
    # Never a module of the folder that the server was started in.
    assert all("-P" in part.arguments for part in parts)
