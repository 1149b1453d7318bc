"""Imported by every Python process that has this folder in PYTHONPATH: its own clock is off by what a file says.

Replaced are the one function by which the package reads that clock (`tests/tidy` holds that there is no other), and
`time.time`. Whoever asks the database for the time is not moved by that.
"""

import datetime as dt
import importlib.abc
import importlib.machinery
import importlib.util
import os
import pathlib
import sys
import time
import types
from collections.abc import Sequence
from typing import Any

_CLOCK = "reelgate.kit.clock"
_file = pathlib.Path(os.environ["REELGATE_TEST_CLOCK_OFF"])
_time = time.time


def _off_s() -> float:
    try:
        return float(_file.read_text() or 0)
    except (OSError, ValueError):
        return 0.0


class _Patched(importlib.abc.Loader):
    """Loads the module, and puts another clock into it."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def exec_module(self, module: types.ModuleType) -> None:
        self._loader.exec_module(module)
        right = module.now
        module.__dict__["now"] = lambda: right() + dt.timedelta(seconds=_off_s())


class _Finder(importlib.abc.MetaPathFinder):
    """Finds that one module."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != _CLOCK:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec:
            spec.loader = _Patched(spec.loader)
        return spec


sys.meta_path.insert(0, _Finder())
time.time = lambda: _time() + _off_s()
