"""Builds the compiled part of the built-in engine into the package, for wheels and for installations in place.

Any C compiler will do, as the code is whole numbers without a library: the machine's, or, where there is none, the one
that comes as the package `ziglang`. Hatchling calls it.
"""

import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("src", "reelgate", "engines", "animatic", "drawing", "compiled")
_FLAGS = ("-O3", "-std=c11", "-Wall", "-Wextra", "-ffp-contract=off", "-shared", "-fPIC")
#: Nothing of the C library is used, so neither its headers nor its start-up code have to be there.
_BARE = () if sys.platform == "darwin" else ("-ffreestanding", "-nostdlib")


def compilers() -> list[list[str]]:
    """Give the commands that may compile C here, the best first."""
    named = [shlex.split(os.environ["CC"])] if os.environ.get("CC") else []
    found = [[path] for path in map(shutil.which, ("cc", "gcc", "clang")) if path]
    zig = [[sys.executable, "-m", "ziglang", "cc"]] if importlib.util.find_spec("ziglang") else []
    return [*named, *found, *zig]


def digest(folder: Path) -> str:
    """Name the sources in a folder, so that a library tells what it was built from; `kernel.py` does the same."""
    texts = (path.read_bytes() for path in sorted((*folder.glob("*.c"), *folder.glob("*.h"))))
    return hashlib.sha256(b"".join(texts)).hexdigest()


def compile_kernel(root: Path) -> Path:
    """Compile the kernel and give the library's path.

    Raises RuntimeError where no compiler is found or none of them succeeds.
    """
    folder = root / FOLDER
    library, fresh = folder / "kernel.so", folder / "kernel.so.new"
    failures = []
    for compiler in compilers():
        named = f'-DSOURCES="{digest(folder)}"'
        command = [*compiler, *_FLAGS, *_BARE, named, str(folder / "kernel.c"), "-o", str(fresh)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            # A server that runs keeps the library that it has loaded.
            fresh.replace(library)
            return library
        failures.append(f"{shlex.join(command)}\n{done.stderr.strip()}")
    if failures:
        raise RuntimeError("the built-in engine's kernel could not be compiled:\n" + "\n".join(failures))
    raise RuntimeError("no C compiler: install one (Debian: apt-get install gcc), or the Python package ziglang")


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles the kernel before files are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for a compiler where the machine has none."""
        return [] if compilers() else ["ziglang>=0.13"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is for this kind of machine, whatever its Python."""
        del version
        library = compile_kernel(Path(self.root))
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["artifacts"].append(library.relative_to(self.root).as_posix())
