"""The hash of reachable code: what never changes it, what always does."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.codehash import WHOLE, canonical, code_files, code_parts
from rampflow.errors import ProblemError

Hashes = Callable[..., dict[str, str]]

PROBLEM = '''
"""A problem."""
import math
from helper import scale

SIZE = 3

def fit(x, size=SIZE):
    """Fit."""
    return scale(x) * size  # three times

def unrelated():
    return math.pi
'''
HELPER = """
import numpy as np

FACTOR = 2

def scale(x):
    return FACTOR * x

def other(x):
    return -x
"""


@pytest.fixture
def hashes(tmp_path: Path) -> Hashes:
    """Return a function: files by name → hash of what ``fit`` of problem.py reaches."""

    def parts(files: dict[str, str], names: Iterable[str] = ("fit",)) -> dict[str, str]:
        shutil.rmtree(tmp_path, ignore_errors=True)
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return code_parts([(tmp_path / "problem.py", "problem", names)], roots(tmp_path))

    return parts


def roots(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in folder.iterdir() if path.name != "__pycache__"}


def changed(text: str, before: str, after: str) -> str:
    assert before in text
    return text.replace(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  # three times", ""),
        ('    """Fit."""\n', ""),
        ('"""A problem."""', '"""Another text."""'),
        ("scale(x) * size", "(scale( x )\n        * size)"),
        ("def fit(x, size=SIZE):", "def fit(x: 'ndarray', size: int = SIZE) -> float:"),
        ("math.pi", "math.e"),
        ("def unrelated():", "def also_unrelated():"),
    ],
)
def test_what_does_not_run_does_not_count(hashes: Hashes, before: str, after: str) -> None:
    same = hashes({"problem.py": changed(PROBLEM, before, after), "helper.py": HELPER})
    assert same == hashes({"problem.py": PROBLEM, "helper.py": HELPER})


def test_an_unreached_name_of_a_helper_does_not_count(hashes: Hashes) -> None:
    before = hashes({"problem.py": PROBLEM, "helper.py": HELPER})
    assert hashes({"problem.py": PROBLEM, "helper.py": changed(HELPER, "-x", "+x")}) == before


@pytest.mark.parametrize(
    ("before", "after"), [("* size", "+ size"), ("SIZE = 3", "SIZE = 4"), ("size=SIZE", "size=3")]
)
def test_reached_code_counts(hashes: Hashes, before: str, after: str) -> None:
    old = hashes({"problem.py": PROBLEM, "helper.py": HELPER})
    new = hashes({"problem.py": changed(PROBLEM, before, after), "helper.py": HELPER})
    assert new["problem"] != old["problem"]
    assert new["helper"] == old["helper"]


# Each case is code of problem.py and of other files in which MARK changes what `fit` does.
REACHES = {
    "function": {"problem.py": "def a(): return MARK\ndef fit(): return a()"},
    "class": {"problem.py": "class A:\n    x = MARK\ndef fit(): return A().x"},
    "base class": {"problem.py": "class B:\n    x = MARK\nclass A(B): pass\nfit = A"},
    "decorator": {"problem.py": "def d(f): return MARK\n@d\ndef fit(): pass"},
    "default": {"problem.py": "N = MARK\ndef fit(n=N): return n"},
    "unpacking": {"problem.py": "a, (b, *c) = MARK, (1, 2)\ndef fit(): return c"},
    "walrus": {"problem.py": "x = (y := MARK)\ndef fit(): return y"},
    "walrus in a comprehension": {
        "problem.py": "x = [y := i for i in range(MARK)]\ndef fit(): return y"
    },
    "augmented": {"problem.py": "x = [1]\nx += [MARK]\ndef fit(): return x"},
    "augmented alias": {"problem.py": "x = [1]\ny = x\ny += [MARK]\ndef fit(): return x"},
    "attribute": {"problem.py": "class A: pass\nA.x = MARK\ndef fit(): return A.x"},
    "item": {"problem.py": "x = {}\nx['a'] = MARK\ndef fit(): return x"},
    "if block": {"problem.py": "if True:\n    x = MARK\nelse:\n    x = 2\ndef fit(): return x"},
    "if with an effect": {"problem.py": "x = []\nif x is not 1:\n    x.append(MARK)\nfit = x"},
    "try block": {"problem.py": "try:\n    import a\nexcept ImportError:\n    a = MARK\nfit = a"},
    "loop": {"problem.py": "x = []\nfor i in range(MARK):\n    x.append(i)\nfit = x"},
    "with": {"problem.py": "with open('f') as f:\n    x = MARK\nfit = x"},
    "delete": {"problem.py": "x = {}\ndel x[MARK]\nfit = x"},
    "effect of an assignment": {"problem.py": "x = []\ndone = x.append(MARK)\ndef fit(): return x"},
    "effect through a function": {
        "problem.py": "x = []\ndef add(v): x.append(v)\ndone = add(MARK)\ndef fit(): return x"
    },
    "effect through an alias": {
        "problem.py": "x = []\ny = x\ndone = y.append(MARK)\ndef fit(): return x"
    },
    "effect for its own sake": {"problem.py": "_ = print(MARK)\nfit = 1"},
    "global": {
        "problem.py": "x = 1\ndef put():\n    global x\n    x = MARK\n"
        "done = put()\ndef fit(): return x"
    },
    "registered": {
        "problem.py": "KNOWN = {}\ndef add(f):\n    KNOWN[f.__name__] = f\n    return f\n"
        "@add\ndef one(): return MARK\ndef fit(): return KNOWN['one']()"
    },
    "registered elsewhere": {
        "problem.py": "import reg\n@reg.add\ndef one(): return MARK\n"
        "def fit(): return reg.get('one')",
        "reg.py": "KNOWN = {}\ndef add(f): KNOWN[f.__name__] = f\ndef get(n): return KNOWN[n]()",
    },
    "registered with a library": {
        "problem.py": "import xarray as xr\n@xr.register_dataset_accessor('a')\n"
        "class A:\n    x = MARK\ndef fit(X): return X.a.x"
    },
    "singledispatch": {
        "problem.py": "from functools import singledispatch\n@singledispatch\ndef fit(x): pass\n"
        "@fit.register\ndef _(x: int): return MARK"
    },
    "annotation read by a decorator": {
        "problem.py": "from functools import singledispatch\n@singledispatch\ndef fit(x): pass\n"
        "@fit.register\ndef _(x: MARK): return 1"
    },
    "subclass hook": {
        "problem.py": "class B:\n    all = []\n    def __init_subclass__(cls): B.all.append(cls)\n"
        "class A(B):\n    x = MARK\ndef fit(): return B.all[0].x"
    },
    "subclasses": {
        "problem.py": "from base import B\nclass A(B):\n    x = MARK\nfrom base import fit",
        "base.py": "class B: pass\ndef fit(): return B.__subclasses__()[0].x",
    },
    "metaclass": {
        "problem.py": "class M(type):\n    pass\nclass B(metaclass=M): pass\n"
        "class A(B):\n    x = MARK\ndef fit(): return B"
    },
    "docstring that is read": {
        "problem.py": "def a():\n    'MARK'\ndef fit(): return a.__doc__",
    },
    "from import": {"problem.py": "from h import a\nfit = a", "h.py": "a = MARK"},
    "import as": {"problem.py": "import h as z\ndef fit(): return z.a", "h.py": "a = MARK"},
    "import in a function": {
        "problem.py": "def fit():\n    from h import a\n    return a",
        "h.py": "a = MARK",
    },
    "relative import": {
        "problem.py": "from p.m import a\nfit = a",
        "p/__init__.py": "",
        "p/m.py": "from .n import b\nfrom . import c\ndef a(): return b, c.d",
        "p/n.py": "b = MARK",
        "p/c.py": "d = 1",
    },
    "submodule by a relative import": {
        "problem.py": "from p.m import a\nfit = a",
        "p/__init__.py": "",
        "p/m.py": "from . import c\ndef a(): return c.d",
        "p/c.py": "d = MARK",
    },
    "two levels up": {
        "problem.py": "from p.q.m import a\nfit = a",
        "p/__init__.py": "",
        "p/q/__init__.py": "",
        "p/q/m.py": "from ..n import b as a",
        "p/n.py": "b = MARK",
    },
    "name of a package": {"problem.py": "from p import a\nfit = a", "p/__init__.py": "a = MARK"},
    "re-exported": {
        "problem.py": "from p import a\nfit = a",
        "p/__init__.py": "from .m import b as a",
        "p/m.py": "b = MARK",
    },
    "a package's name hides its module": {
        "problem.py": "from p import m\nfit = m",
        "p/__init__.py": "m = MARK",
        "p/m.py": "",
    },
    "a package runs before its module": {
        "problem.py": "from p.m import a\nfit = a",
        "p/__init__.py": "import numpy\nnumpy.seterr(all=MARK)",
        "p/m.py": "a = 1",
    },
    "a package hides a file": {
        "problem.py": "from p.m import p\nfit = p",
        "p/m/__init__.py": "p = MARK",
        "p/m.py": "p = 1",
    },
    "namespace package": {"problem.py": "from p.m import a\nfit = a", "p/m.py": "a = MARK"},
    "star import": {"problem.py": "from h import *\ndef fit(): return a", "h.py": "a = MARK"},
    "import for its effect": {
        "problem.py": "import h\nimport k\ndef fit(): return k.x",
        "h.py": "import k\nk.x = MARK",
        "k.py": "x = 1",
    },
    "import for its effect, used by another name": {
        "problem.py": "import h\nfrom k import f\ndef other(): return h\ndef fit(): return f()",
        "h.py": "import k\nk.x = MARK",
        "k.py": "x = 1\ndef f(): return x",
    },
    "effect of an unreached import of a helper": {
        "problem.py": "from h import a\nfit = a",
        "h.py": "import k\na = 1\ndef other(): return k",
        "k.py": "print(MARK)",
    },
    "whole module by attribute": {
        "problem.py": "import h\ndef fit(n): return getattr(h, n)",
        "h.py": "def a(): return MARK",
    },
    "globals": {"problem.py": "def a(): return MARK\ndef fit(n): return globals()[n]()"},
    "globals by an alias": {
        "problem.py": "g = globals\ndef a(): return MARK\ndef fit(n): g()[n]()"
    },
    "builtins": {
        "problem.py": "import builtins\ndef a(): return MARK\ndef fit(n): builtins.globals()[n]()"
    },
    "sys.modules": {
        "problem.py": "import sys\ndef a(): return MARK\n"
        "def fit(n): return getattr(sys.modules[__name__], n)()"
    },
    "exec": {"problem.py": "def a(): return MARK\ndef fit(n): exec(n)"},
    "import by a text": {
        "problem.py": "import importlib\ndef fit(): return importlib.import_module('h').a",
        "h.py": "a = MARK",
    },
    "import by an alias": {
        "problem.py": "from importlib import import_module as im\ndef fit(n): return im(n).a",
        "h.py": "a = MARK",
    },
    "import by a computed name": {
        "problem.py": "def fit(n): return __import__(f'h{n}').a",
        "h1.py": "a = MARK",
    },
    "module __getattr__": {
        "problem.py": "import h\ndef fit(): return h.x",
        "h.py": "def __getattr__(name): return MARK",
    },
    "import cycle": {
        "problem.py": "from h import a\ndef b(): return MARK\ndef fit(): return a()",
        "h.py": "import problem\ndef a(): return problem.b()",
    },
}


@pytest.mark.parametrize("case", REACHES, ids=str)
def test_a_change_of_behaviour_is_never_missed(hashes: Hashes, case: str) -> None:
    one, two = (
        hashes({name: text.replace("MARK", value) for name, text in REACHES[case].items()})
        for value in ("7", "8")
    )
    assert one != two
    assert one.keys() == two.keys()


# Each case is code in which MARK does not change what `fit` does, and is not counted either.
LEAVES_OUT = {
    "metric": {
        "problem.py": "from metrics import RMSE\nscore_types = [RMSE(MARK)]\ndef fit(): return 1",
        "metrics.py": "class RMSE:\n    x = MARK",
    },
    "metric of a local class": {
        "problem.py": "N = 2\nclass M:\n    x = MARK\n    def go(self): return N\n"
        "score_types = [M()]\ndef fit(): return N",
    },
    "plain decorator": {
        "problem.py": "from dataclasses import dataclass\nimport functools\n"
        "@dataclass(frozen=True)\nclass A:\n    x: int = MARK\n"
        "@functools.lru_cache(MARK)\ndef b(): pass\ndef fit(): return 1",
    },
    "method decorators": {
        "problem.py": "class A:\n    @property\n    def x(self): return MARK\n"
        "    @x.setter\n    def x(self, v): pass\n    @staticmethod\n    def y(): pass\n"
        "def fit(): return 1",
    },
    "unreached module": {
        "problem.py": "import h\ndef other(): return h.a\ndef fit(): return 1",
        "h.py": "def a(): return MARK",
    },
    "subclass without a hook": {
        "problem.py": "class B: pass\nclass A(B):\n    x = MARK\ndef fit(): return B",
    },
}


@pytest.mark.parametrize("case", LEAVES_OUT, ids=str)
def test_what_is_not_reached_does_not_count(hashes: Hashes, case: str) -> None:
    one, two = (
        hashes({name: text.replace("MARK", value) for name, text in LEAVES_OUT[case].items()})
        for value in ("7", "8")
    )
    assert one == two


def test_the_whole_file_counts_where_it_is_asked_for(hashes: Hashes) -> None:
    one = hashes({"problem.py": PROBLEM, "helper.py": HELPER}, [WHOLE])
    two = hashes({"problem.py": changed(PROBLEM, "math.pi", "3"), "helper.py": HELPER}, [WHOLE])
    assert one["problem"] != two["problem"]


def test_names_that_a_file_does_not_define_are_passed_over(hashes: Hashes) -> None:
    files = {"problem.py": PROBLEM, "helper.py": HELPER}
    assert hashes(files, ["fit", "get_test_data"]) == hashes(files)


def test_libraries_are_not_followed(hashes: Hashes) -> None:
    assert list(hashes({"problem.py": PROBLEM, "helper.py": HELPER})) == ["helper", "problem"]


def test_files_hold_everything_that_is_imported_on_the_way(hashes: Hashes, tmp_path: Path) -> None:
    files = {
        "problem.py": "from p.m import a",
        "p/__init__.py": "",
        "p/m.py": "from p import n\na = 1\ndef unused(): return n.b",
        "p/n.py": "b = 2",
        "p/simulator.py": "answer = 42",
    }
    hashes(files)
    found = code_files([(tmp_path / "problem.py", "problem", [WHOLE])], roots(tmp_path))
    names = [path.relative_to(tmp_path).as_posix() for path in found]
    assert names == ["p/__init__.py", "p/m.py", "p/n.py", "problem.py"]


@pytest.mark.parametrize("text", ["def fit(:", "x = 1\0", "\xff = §", "(" * 300])
def test_a_file_that_is_not_python_is_an_error_that_names_it(hashes: Hashes, text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        hashes({"problem.py": text})
    assert "problem.py" in caught.value.where


def test_very_deep_and_very_large_code_ends_in_words_or_a_hash(hashes: Hashes) -> None:
    assert hashes({"problem.py": "fit = 0x" + "f" * 6000})
    with pytest.raises(ProblemError, match="nested"):
        hashes({"problem.py": "fit = " + " + ".join(["1"] * 3000)})


@given(
    st.lists(
        st.sampled_from(
            ["a = 1", "def b(): return a", "class C:\n    d = b", "e = [C(), a]", "f = not e"]
        ),
        max_size=8,
    ),
    st.lists(st.sampled_from(["# a comment", "", '"""A text."""']), max_size=8),
)
def test_comments_blank_lines_and_texts_between_statements_are_layout(
    code: list[str], layout: list[str]
) -> None:
    plain = "\n".join(code)
    mixed = "\n".join(x for pair in zip(code, layout, strict=False) for x in pair)
    mixed = "\n".join([mixed, *code[len(layout) :], *layout[len(code) :]])
    assert canonical(ast.parse(mixed)) == canonical(ast.parse(plain))


@given(st.text(alphabet="abé𝒳\U0001fae8'\"\\{}", max_size=12), st.integers(), st.floats())
def test_different_constants_have_different_texts(text: str, number: int, real: float) -> None:
    values = [text, number, real, text.encode(), number == 1, None, (text, number)]
    found = {canonical(ast.parse(repr(value), mode="eval")) for value in values}
    assert len(found) == len({repr(value) for value in values})


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import importlib.util, ast
spec = importlib.util.spec_from_file_location("canonical", sys.argv[2])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
for file in sys.argv[3:]:
    print(module.canonical(ast.parse(Path(file).read_bytes())))
"""
MODERN = """
def f[T](x): return x
x = f"{1!r:>{width}} {'a' 'b'} {{}}" "c" u"d"
match x:
    case {"a": [1, *rest], **others} if rest: pass
    case A(b=None) | -1: pass
try: pass
except* ValueError as error: raise
async def g(*a: int, **k): return [i async for i in a if (y := i)]
z = "\\U0001fae8 \\u0870 \\ud800"
w = x[1:2, *y]
"""


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_every_python_writes_the_same_text(version: str, repo: Path, tmp_path: Path) -> None:
    python = shutil.which(f"python{version}")
    answers = python and subprocess.run([python, "-V"], capture_output=True, check=False)
    if not python or not answers or answers.returncode:
        pytest.skip(f"needs a working python{version} on PATH")
    sample = tmp_path / "sample.py"
    sample.write_text(changed(MODERN, "def f[T](x)", "def f(x)"), encoding="utf-8")
    module = repo / "workflow" / "rampflow" / "codehash" / "canonical.py"
    files = [sample, *sorted((repo / "workflow" / "rampflow").rglob("*.py"))[:20]]
    result = subprocess.run(
        [python, "-c", PROGRAM, str(repo / "workflow"), str(module), *map(str, files)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    ours = [canonical(ast.parse(file.read_bytes())) for file in files]
    assert result.stdout.splitlines() == ours
