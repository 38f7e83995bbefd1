"""Runs the tests of what the working tree changes, for `make check`: `python -m tests.changed [arguments of pytest]`.

A changed test file is run whole. Of the other tests those run that belong to a changed file by their path or import
it, without those that open a browser, start a process or need 100,000 rows: the whole suite has them.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.test_imports import ROOT, imports

# What starts a browser or a process, or writes many rows.
SLOW_FIXTURES = {"open_context", "manage", "start", "rows", "seeded"}
# What stands for files that no test imports.
BY_FOLDER = {
    "templates": ["tests/pages", "tests/admin/test_pages.py", "tests/api/test_browsable.py"],
    "static": ["tests/test_scripts.py", "tests/test_storage.py", "tests/pages/test_gallery.py"],
    "docs": ["tests/test_docs.py"],
    "README.md": ["tests/test_docs.py"],
}


def changed_files() -> list[str]:
    """Return the files that differ from the last commit, new ones too."""
    commands = (["git", "diff", "--name-only", "HEAD"], ["git", "ls-files", "--others", "--exclude-standard"])
    outputs = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for command in commands]
    return sorted({line for output in outputs for line in output.stdout.splitlines()})


def concerned_by(changed: Iterable[str]) -> list[str]:
    """Return the test files, and folders of such, that changed files concern; a file that is gone has none."""
    files = [path for path in changed if (ROOT / path).exists()]
    return sorted({test for path in files for test in _concerned(Path(path))})


def _concerned(path: Path) -> Iterator[str]:
    name = path.parts[0]
    if name == "tests":
        yield str(path if path.name.startswith("test_") else path.parent)
    elif name in BY_FOLDER:
        yield from BY_FOLDER[name]
    elif path.suffix == ".py" and len(path.parts) > 1:
        yield from _mirrors(path)
        yield from _importers(".".join(path.with_suffix("").parts).removesuffix(".__init__"))


def _mirrors(path: Path) -> Iterator[str]:
    """Yield what stands in tests/ where the file stands in its package."""
    inner = Path(*path.parts[1:]) if path.parts[0] == "genonaut" else path
    if "migrations" in path.parts:
        yield "tests/test_migrations.py"
    for candidate in (Path("tests") / inner.parts[0], Path("tests") / inner.parent / f"test_{inner.name}"):
        if ((ROOT / candidate).exists() and candidate.suffix != ".py") or (ROOT / candidate).is_file():
            yield str(candidate)


def _importers(module: str) -> Iterator[str]:
    """Yield the test files that import a module or a name of it."""
    for test in sorted((ROOT / "tests").rglob("test_*.py")):
        if any(name == module or name.startswith(f"{module}.") for name in imports(test)):
            yield str(test.relative_to(ROOT))


class QuickOnly:
    """A pytest plugin: leaves out slow tests of files that are not changed themselves."""

    def __init__(self, changed: Iterable[str]) -> None:
        self.changed = {str(ROOT / path) for path in changed}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Deselect them."""
        slow = [
            item
            for item in items
            if str(item.path) not in self.changed and SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        ]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


if __name__ == "__main__":
    changed = changed_files()
    tests = concerned_by(changed)
    if not tests:
        print("Nothing is changed that has tests.")
        sys.exit()
    print(f"{len(changed)} changed files: {' '.join(tests)}", flush=True)
    code = pytest.main([*tests, *sys.argv[1:]], plugins=[QuickOnly(changed)])
    sys.exit(0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else code)
