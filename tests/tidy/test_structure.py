"""The house's structure, held by reading the source: sizes, catch-alls, hidden imports, names, mirrored tests."""

import ast
import pathlib
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SOURCE = ROOT / "src" / "reelgate"
MODULES = sorted(SOURCE.rglob("*.py"))

MODULE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70

#: The edges: the only modules that may catch everything, with how often they do.
EDGES = {"kit/rounds.py": 1, "web/dialect.py": 1, "worker/job_queue.py": 2, "worker/run.py": 3}

EMPTY_WORDS = {"utils", "common", "helpers", "base", "manager", "handler", "data", "info", "misc"}


def tree_of(path: pathlib.Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def catch_alls(tree: ast.AST) -> list[int]:
    broad = {"Exception", "BaseException"}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or any(isinstance(name, ast.Name) and name.id in broad for name in ast.walk(node.type)))
        # Cleaning up and raising on is no catch-all.
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_module_and_its_functions_are_small(path: pathlib.Path) -> None:
    """A module stops at 600 lines, a function at 70."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MODULE_LINES_MAX
    long = [
        node.name for node in functions(ast.parse(text)) if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert not long


def test_only_the_edges_catch_everything() -> None:
    """`except Exception` stands at the edges alone."""
    found = {str(path.relative_to(SOURCE)): len(catch_alls(tree_of(path))) for path in MODULES}
    assert {name: count for name, count in found.items() if count} == EDGES


def test_the_machine_s_clock_is_read_in_one_place() -> None:
    """`kit.clock` alone: servers tell the time by `store.clock`, and commands stamp what their operator does."""
    readers = {"datetime.now", "datetime.utcnow", "time.time", "date.today", "datetime.today"}
    found = {
        str(path.relative_to(SOURCE))
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and ".".join(ast.unparse(node).split(".")[-2:]) in readers
    }
    # The age of a temporary file is a matter between the machine and its own disk.
    assert found == {"kit/clock.py", "objects/disk.py"}
    users = {
        str(path.relative_to(SOURCE))
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module == "reelgate.kit.clock" or any(alias.name == "clock" for alias in node.names))
    }
    # As defaults, where no server is.
    assert {name for name in users if not name.startswith("cli/")} == {"web/auth.py", "service/notify.py"}


def test_no_own_import_hides_in_a_function() -> None:
    """What a module needs of the package stands at its top."""
    hidden = [
        f"{path.relative_to(SOURCE)}:{inner.lineno}"
        for path in MODULES
        for outer in functions(tree_of(path))
        for inner in ast.walk(outer)
        if (isinstance(inner, ast.ImportFrom) and (inner.level or (inner.module or "").startswith("reelgate")))
        or (isinstance(inner, ast.Import) and any(alias.name.startswith("reelgate") for alias in inner.names))
    ]
    assert not hidden


def test_names_say_something() -> None:
    """No module or class is named after nothing."""
    modules = [path.stem for path in MODULES if path.stem in EMPTY_WORDS]
    classes = [
        node.name
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and node.name.strip("_").lower() in EMPTY_WORDS
    ]
    assert not modules + classes


def test_packages_have_no_logic() -> None:
    """An `__init__.py` is a docstring."""
    assert all(len(tree_of(path).body) == 1 for path in MODULES if path.name == "__init__.py")


def test_core_is_the_standard_library_only() -> None:
    """`core` imports itself and the standard library without I/O, JSON, clock or randomness."""
    banned = {"json", "random", "secrets", "time", "os", "pathlib", "socket", "asyncio", "sqlite3", "subprocess"}
    allowed_here = {("ports.py", "pathlib")}
    found = {
        (path.name, name)
        for path in (SOURCE / "core").glob("*.py")
        for node in ast.walk(tree_of(path))
        for name in imported(node)
        if name in banned or (name not in STANDARD and name != "reelgate")
    }
    assert found <= allowed_here


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0]]
    return []


STANDARD = {
    "collections", "dataclasses", "datetime", "decimal", "enum", "functools", "math", "re", "types", "typing",
    "unicodedata", "uuid", "zlib", "itertools",
}  # fmt: skip


def test_unit_tests_mirror_the_package() -> None:
    """tests/unit/a/test_b.py tests a/b.py, or a part of it or the folder a/b."""
    strays = []
    for path in (ROOT / "tests" / "unit").rglob("test_*.py"):
        home = SOURCE / path.parent.relative_to(ROOT / "tests" / "unit")
        name = path.stem.removeprefix("test_")
        if not ((home / f"{name}.py").exists() or (home / name).is_dir() or list(home.glob(f"{name}*.py"))):
            strays.append(str(path.relative_to(ROOT)))
    assert not strays
