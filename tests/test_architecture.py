"""The structure is held by tests: layers, one clock, no questions about simulation, kernels that stay fresh, sizes."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.state import diagram

ROOT = Path(__file__).parent.parent
PACKAGES = ("profiles", "drivers", "rig", "simulators")


def sources(*packages: str) -> list[Path]:
    """The Python files of packages."""
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions of a file."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "ruff", "check", "."],
        ["-m", "ruff", "format", "--check", "."],
        ["-m", "mypy"],
        ["-c", "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"],
    ],
    ids=["ruff-check", "ruff-format", "mypy-strict", "import-contracts"],
)
def test_the_tools_find_nothing(command: list[str]) -> None:
    """Style, types and import contracts hold for the whole tree."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_clock_knows_the_time() -> None:
    """In rig and profiles nothing but `rig.clock` imports ``time``."""
    offenders = []
    for path in sources("rig", "profiles"):
        for node in ast.walk(ast.parse(path.read_text())):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if "time" in named and path != ROOT / "rig" / "clock.py":
                offenders.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert offenders == []


def test_production_code_never_asks_whether_it_is_simulated() -> None:
    """No name with ``simul`` or ``mock`` appears in the code of rig, drivers and profiles."""
    offenders = []
    for path in sources("rig", "drivers", "profiles"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None) or ""
            if isinstance(name, str) and ("simul" in name.lower() or "mock" in name.lower()):
                offenders.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} {name}")
    assert offenders == []


def test_cached_kernels_call_no_kernel_of_another_file() -> None:
    """Numba's cache looks at the calling file alone: a callee that changed elsewhere would leave old code running."""
    kernels = {path: _kernels(path) for path in sources(*PACKAGES)}
    names = {name: path for path, found in kernels.items() for name in found}
    offenders = []
    for path, found in kernels.items():
        for node in found.values():
            called = {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
            offenders += [f"{path.name}: {c}" for c in called if c in names and c not in found]
    assert offenders == []


def _kernels(path: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    return {
        node.name: node
        for node in functions(ast.parse(path.read_text()))
        if any("njit" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def test_files_and_functions_stay_small() -> None:
    """Files of at most 300 lines; functions of at most 60, kernels of 110; a median of about ten."""
    long, lengths = [], []
    for path in sources(*PACKAGES):
        text = path.read_text()
        if text.count("\n") > 300:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        kernels = _kernels(path)
        for node in functions(ast.parse(text)):
            length = (node.end_lineno or 0) - node.lineno + 1
            lengths.append(length)
            if length > (110 if node.name in kernels else 60):
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines")
    assert long == []
    assert sorted(lengths)[len(lengths) // 2] <= 10


def test_the_state_diagram_in_the_docs_is_the_table() -> None:
    """The picture that people read is made from the table that runs."""
    assert diagram() in (ROOT / "docs" / "safety.md").read_text()
