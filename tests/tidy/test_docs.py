"""What the documents say is what the code does."""

import pathlib
import re

import pytest

from reelgate.core.lifecycle import TRANSITIONS
from reelgate.settings import Settings


def test_the_life_of_a_task_is_the_table(repository: pathlib.Path) -> None:
    """ARCHITECTURE.md shows every transition and no other."""
    text = (repository / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text[text.index("## A task's life") : text.index("1. **Accept**")]
    rows = re.findall(r"\| (\w+) \| (\w+) \| (\w+) \|", section)
    table = [(state, event, after) for state, events in TRANSITIONS.items() for event, after in events.items()]
    assert rows == [(state.value, event.value, after.value) for state, event, after in table]


def test_every_setting_is_documented(repository: pathlib.Path) -> None:
    """The reference lists every setting and no other."""
    text = (repository / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `REELGATE_(\w+)`", text, re.MULTILINE)) == {
        name.upper() for name in Settings.model_fields
    }


def test_invariants_name_tests_that_exist(repository: pathlib.Path) -> None:
    """Each test that ARCHITECTURE.md names is there."""
    text = (repository / "ARCHITECTURE.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in (repository / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", text)
    assert named
    assert [name for name in named if f"def {name}(" not in tests] == []
    assert [path for path in re.findall(r"`(tests/[\w/.]+)`", text) if not (repository / path).exists()] == []


@pytest.mark.parametrize("document", ["SECURITY.md", "docs/explanation/threat-model.md"])
def test_promises_name_tests_that_exist(repository: pathlib.Path, document: str) -> None:
    """Each file below `tests/`, and each test in it; `::test_x` stands for the file before it."""
    text = (repository / document).read_text(encoding="utf-8")
    file, named = "", 0
    for path, test in re.findall(
        r"`((?:unit|service|acceptance|fault|contract|golden)/[\w/.]+\.py)?(?:::(test_\w+))?`", text
    ):
        if not (path or test):
            continue
        file = path or file
        content = (repository / "tests" / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in content, (file, test)
        named += 1
    assert named > 5


@pytest.mark.parametrize("folder", ["docs/decisions", "src/reelgate/store/sql/migrations"])
def test_numbers_are_given_once(repository: pathlib.Path, folder: str) -> None:
    """Decisions and migrations are numbered from 1 on, without gaps; a decision's title has its number."""
    files = sorted(path for path in (repository / folder).iterdir() if path.suffix in {".md", ".sql"})
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    titles = {path: path.read_text(encoding="utf-8").partition("\n")[0] for path in files if path.suffix == ".md"}
    assert [title for path, title in titles.items() if not title.startswith(f"# {int(path.name[:4])}. ")] == []


def test_links_between_documents_lead_somewhere(repository: pathlib.Path) -> None:
    """A relative link names a file of the repository."""
    broken = [
        f"{path.relative_to(repository)}: {target}"
        for path in [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert not broken
