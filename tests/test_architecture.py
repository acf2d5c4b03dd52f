"""The map in docs/structure.md is true: rooms, layers, sizes, docstrings, documented commands.

The table of rooms is read from top to bottom: a row may import the rows below it, and its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "workflow" / "rampflow"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 300
# Entry points, which belong to no room: the first only starts the second.
OUTSIDE = {"__init__", "__main__"}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def read_layers(text: str) -> dict[str, int]:
    """Return the layer of each room named in the table of rooms, 0 on top."""
    table = text.split("| room |")[1].split("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {
        room: layer
        for layer, row in enumerate(rows)
        for room in re.findall(r"`(\w+)(?:/|\.py)`", row)
    }


def dotted(path: Path, package: Path = PACKAGE) -> str:
    """Return the name of a module: `.../rampflow/cell/score.py` is `rampflow.cell.score`."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, module: str, is_package: bool = False) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever in it, relative ones resolved."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            kept = len(parts) - node.level + is_package
            base = [*(parts[:kept] if node.level else []), *filter(None, [node.module])]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def room_of(name: str) -> str:
    """Return the room of a dotted name of the package; `rampflow` itself is `__init__`."""
    return (name.split(".") + ["__init__"])[1]


def room_imports(modules: Iterable[Path]) -> set[tuple[str, str]]:
    """Return every pair of rooms of which the first imports the second."""
    known = {room_of(dotted(path)) for path in MODULES}
    pairs = set()
    for path in modules:
        name = dotted(path)
        source = path.read_text(encoding="utf-8")
        for imported in imports_of(source, name, path.stem == "__init__"):
            if imported.split(".")[0] == "rampflow":
                room = room_of(imported)
                pairs.add((room_of(name), room if room in known else "__init__"))
    return {(one, other) for one, other in pairs if one != other}


def find_cycle(edges: set[tuple[str, str]]) -> list[str]:
    """Return the rooms of a cycle and those that lead to it: what is left once leaves are cut."""
    while True:
        importing = {one for one, _ in edges}
        kept = {(one, other) for one, other in edges if other in importing}
        if kept == edges:
            return sorted(importing)
        edges = kept


def public_definitions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Yield public functions and classes, and the public methods of classes without a base.

    A method of a derived class may leave its docstring to the class that it derives from.
    """
    for node in body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
        if "overload" in decorators or f"{node.name}.setter" in decorators:
            continue
        yield prefix + node.name, node
        if isinstance(node, ast.ClassDef) and not node.bases:
            yield from public_definitions(node.body, f"{node.name}.")


LAYERS = read_layers((ROOT / "docs" / "structure.md").read_text(encoding="utf-8"))
EDGES = room_imports(path for path in MODULES if path.stem != "__main__")


def test_every_module_belongs_to_a_room_of_the_map():
    rooms = {room_of(dotted(path)) for path in MODULES}
    assert rooms - OUTSIDE - LAYERS.keys() == set()


def test_the_package_itself_imports_none_of_its_rooms():
    """`import rampflow` stays free of cost, and no room can reach another through it."""
    assert [other for one, other in EDGES if one == "__init__"] == []


def test_imports_go_downwards_only():
    upwards = [
        f"{one} imports {other}"
        for one, other in sorted(EDGES)
        if {one, other}.isdisjoint(OUTSIDE) and LAYERS[other] < LAYERS[one]
    ]
    assert upwards == []


def test_rooms_do_not_import_each_other_in_a_circle():
    assert find_cycle(EDGES) == []


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_module_is_short(path):
    n_lines = path.read_text(encoding="utf-8").count("\n")
    assert n_lines <= MAX_LINES, "split it: one module, one idea"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_everything_public_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = [name for name, node in public_definitions(tree.body) if not ast.get_docstring(node)]
    assert ast.get_docstring(tree), "the module has no docstring"
    assert bare == []


def test_every_command_has_a_module_and_is_in_the_readme():
    from rampflow.commands.main import COMMANDS

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert COMMANDS, "no command is registered"
    for name, module in COMMANDS.items():
        where = getattr(module, "__name__", module)
        assert (PACKAGE.parent / f"{where.replace('.', '/')}.py").exists(), f"{name}: {where}"
        assert re.search(rf"\brampflow {re.escape(name)}\b", readme), f"README.md lacks {name}"


# -- the checks themselves can fail --------------------------------------------------------------


def test_the_table_is_read_in_order():
    text = "| room | owns |\n|---|---|\n| `top/` | x |\n| `a.py` `b.py` | y · z |\n\n| `c/` | no |"
    assert read_layers(text) == {"top": 0, "a": 1, "b": 1}


def test_every_form_of_import_is_seen():
    source = """
import rampflow.cell.keys
from rampflow import paths
from . import keys
from ..errors import RampflowError
def later():
    from rampflow.plan.plan import Plan
"""
    assert sorted(imports_of(source, "rampflow.cell.score")) == [
        "rampflow.cell.keys",
        "rampflow.cell.keys",
        "rampflow.errors.RampflowError",
        "rampflow.paths",
        "rampflow.plan.plan.Plan",
    ]
    assert list(imports_of("from . import keys", "rampflow.cell", is_package=True)) == [
        "rampflow.cell.keys"
    ]


def test_a_cycle_is_found_and_a_tree_is_none():
    tree = {("report", "board"), ("board", "paths"), ("report", "paths")}
    assert find_cycle(tree) == []
    assert find_cycle(tree | {("paths", "report")}) == ["board", "paths", "report"]


def test_a_missing_docstring_is_found_where_it_counts():
    source = '''
class Base:
    """Has one."""
    def bare(self): ...
    def _private(self): ...
class Derived(Base):
    """Has one."""
    def bare(self): ...
def _private(): ...
'''
    found = public_definitions(ast.parse(source).body)
    assert [name for name, node in found if not ast.get_docstring(node)] == ["Base.bare"]
