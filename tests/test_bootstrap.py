"""`make` on a fresh clone: `.venv` is made once, from the locks, and never used half-made."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

import bootstrap
from bootstrap import DEV_LOCK, DEV_STAMP, LOCK, STAMP, SetupError
from tests.support.need import give_up, need_command
from tests.support.tree import copy_tree

ENTRY = "{0}==1.0 \\\n    --hash=sha256:{0}1 \\\n    --hash=sha256:{0}2\n"


class Machine:
    """Stands for every command that the set-up runs: remembers it, fails where it is told to."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.breaks_on = ""
        self.leaves: list[Path] = []

    def run(self, command: list[str]) -> None:
        self.commands.append(command)
        if self.breaks_on and self.breaks_on in " ".join(command):
            for half_made in self.leaves:
                half_made.touch()
            raise SetupError(f"{self.breaks_on} broke")
        if command[1:3] == ["-m", "venv"]:
            Path(command[-1], "bin").mkdir()
            Path(command[-1], "bin", "python").touch()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(bootstrap, "run", machine.run)
    monkeypatch.setattr(bootstrap, "has_module", lambda name: True)
    return machine


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "a clone"
    root.mkdir()
    (root / LOCK).write_text("".join(map(ENTRY.format, ("numpy", "setuptools"))))
    (root / DEV_LOCK).write_text("".join(map(ENTRY.format, ("pytest", "setuptools", "uv"))))
    (root / "pyproject.toml").write_text("[project]\n")
    return root


# -- a Python that is too old -------------------------------------------------------------------


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10)])
def test_an_old_python_is_told_what_to_do(version, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    text = bootstrap.too_old(*version)
    assert "needs Python 3.11 or newer" in text
    assert sys.executable in text
    assert "PYTHON=/path/to/it" in text


def test_a_newer_python_on_the_machine_is_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "python3.12" else None)
    assert "PYTHON=python3.12" in bootstrap.too_old(3, 9)


@pytest.mark.parametrize("version", [(3, 11), (3, 13), (4, 0)])
def test_a_new_python_is_not_refused(version):
    assert bootstrap.too_old(*version) == ""


def test_the_file_compiles_on_an_old_python(repo):
    source = (repo / "workflow" / "bootstrap.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert "__future__" not in imported  # its annotations came with 3.7


def _old_pythons() -> list[str]:
    names = [f"python3.{minor}" for minor in range(6, 11)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = [str(path) for name in names for path in pyenv.glob(f"*/bin/{name}")]
    return found + [path for name in names if (path := shutil.which(name)) and "shims" not in path]


@pytest.mark.skipif(not _old_pythons(), reason="no Python older than 3.11 is installed")
def test_real_old_pythons_say_the_clear_word(repo):
    for python in _old_pythons():
        command = [python, str(repo / "workflow" / "bootstrap.py")]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 1
        assert ended.stderr.startswith("rampflow set-up: rampflow needs Python 3.11 or newer")


# -- when .venv is ready -------------------------------------------------------------------------


def test_the_second_time_there_is_nothing_to_do(root, machine):
    assert bootstrap.set_up(root)
    machine.commands.clear()
    assert not bootstrap.set_up(root)
    assert machine.commands == []


def change(file: Path) -> None:
    with file.open("a") as stream:
        stream.write("# changed\n")


@pytest.mark.parametrize("name", [LOCK, "pyproject.toml"])
def test_a_changed_lock_or_project_makes_it_again(root, machine, name):
    bootstrap.set_up(root)
    change(root / name)
    assert bootstrap.set_up(root)


def test_a_moved_clone_makes_it_again(root, machine):
    bootstrap.set_up(root)
    moved = root.rename(root.with_name("moved"))
    assert bootstrap.set_up(moved)


def test_a_clone_seen_through_a_link_is_the_same_clone(root, machine):
    bootstrap.set_up(root)
    link = root.with_name("link")
    link.symlink_to(root)
    assert not bootstrap.set_up(link)


def test_another_python_makes_it_again(root, machine, monkeypatch):
    bootstrap.set_up(root)
    monkeypatch.setattr(bootstrap.sys.implementation, "cache_tag", "cpython-399")
    assert bootstrap.set_up(root)


def test_a_python_that_went_away_makes_it_again(root, machine):
    bootstrap.set_up(root)
    (root / ".venv" / "bin" / "python").unlink()
    assert bootstrap.set_up(root)


@pytest.mark.parametrize("step", ["-m venv", "installers.txt", "--editable"])
def test_an_interrupted_set_up_is_done_again_from_the_start(root, machine, step):
    machine.breaks_on = step
    with pytest.raises(SetupError):
        bootstrap.set_up(root)
    leftover = root / ".venv" / "half-installed"
    leftover.touch()
    machine.breaks_on = ""
    assert bootstrap.set_up(root)
    assert not leftover.exists()


def test_an_interrupted_change_does_not_leave_the_old_stamp(root, machine):
    bootstrap.set_up(root)
    before = (root / LOCK).read_text()
    (root / LOCK).write_text(before + "# changed\n")
    machine.breaks_on = "--editable"
    with pytest.raises(SetupError):
        bootstrap.set_up(root)
    (root / LOCK).write_text(before)
    assert not bootstrap.is_ready(root / ".venv", bootstrap.fingerprint(root))


def test_an_environment_of_the_user_is_not_touched(root, machine):
    own = root / ".venv" / "pyvenv.cfg"
    own.parent.mkdir()
    own.write_text("home = mine\n")
    with pytest.raises(SetupError, match="was not made by this set-up"):
        bootstrap.set_up(root)
    assert own.read_text() == "home = mine\n"
    assert machine.commands == []


def test_venv_may_be_a_link_to_a_larger_disk(root, machine, tmp_path):
    disk = tmp_path / "scratch"
    disk.mkdir()
    (root / ".venv").symlink_to(disk)
    bootstrap.set_up(root)
    (root / LOCK).write_text((root / LOCK).read_text() + "# changed\n")
    bootstrap.set_up(root)
    assert (root / ".venv").is_symlink()
    assert (disk / STAMP).exists()


def test_two_commands_started_together_take_turns(root, capsys):
    order, said = [], ""

    def second() -> None:
        with bootstrap.one_at_a_time(root):
            order.append("second")

    with bootstrap.one_at_a_time(root):
        other = threading.Thread(target=second)
        other.start()
        end = time.monotonic() + 600
        while "waiting" not in said and not order and time.monotonic() < end:
            time.sleep(0.01)
            said += capsys.readouterr().err
        order.append("first")
    other.join(timeout=600)
    assert order == ["first", "second"]
    assert "waiting" in said


# -- what tests need is added to the same .venv ----------------------------------------------------


def locks_installed(machine: Machine) -> list[str]:
    """Return what was done since the last time: `venv` for a new one, or a lock."""
    done = []
    for command in machine.commands:
        if command[1:3] == ["-m", "venv"]:
            done.append("venv")
        done += [Path(word).name for word in command if word.endswith(".lock")]
    machine.commands.clear()
    return done


def test_a_run_installs_what_runs_and_nothing_else(root, machine):
    bootstrap.set_up(root)
    assert locks_installed(machine) == ["venv", LOCK]
    assert not (root / ".venv" / DEV_STAMP).exists()


def test_tests_add_to_it_and_a_run_after_them_changes_nothing(root, machine):
    bootstrap.set_up(root)
    machine.commands.clear()
    assert bootstrap.set_up(root, dev=True)
    assert locks_installed(machine) == [DEV_LOCK]
    for dev in (False, True, False):
        assert not bootstrap.set_up(root, dev=dev)
    assert machine.commands == []


def test_tests_first_make_all_of_it(root, machine):
    assert bootstrap.set_up(root, dev=True)
    assert locks_installed(machine) == ["venv", LOCK, DEV_LOCK]
    assert not bootstrap.set_up(root)


def test_other_tools_make_it_again_for_tests_only(root, machine):
    """What the old lock held and the new one does not must not be found by a test."""
    bootstrap.set_up(root, dev=True)
    change(root / DEV_LOCK)
    machine.commands.clear()
    assert not bootstrap.set_up(root)
    assert bootstrap.set_up(root, dev=True)
    assert locks_installed(machine) == ["venv", LOCK, DEV_LOCK]


def test_other_packages_to_run_make_it_again_without_tools(root, machine):
    bootstrap.set_up(root, dev=True)
    change(root / LOCK)
    machine.commands.clear()
    assert bootstrap.set_up(root)
    assert locks_installed(machine) == ["venv", LOCK]
    assert bootstrap.set_up(root, dev=True)
    assert locks_installed(machine) == [DEV_LOCK]


@pytest.mark.parametrize("half_made", [True, False])
def test_an_addition_that_failed_leaves_what_runs(root, machine, half_made):
    """Without a network nothing was added, so a later try adds; half-added, it begins anew."""
    bootstrap.set_up(root)
    machine.breaks_on, machine.leaves = DEV_LOCK, [root / ".venv" / "bin" / "pyt"] * half_made
    with pytest.raises(SetupError):
        bootstrap.set_up(root, dev=True)
    assert not bootstrap.set_up(root)
    machine.breaks_on = ""
    machine.commands.clear()
    assert bootstrap.set_up(root, dev=True)
    assert locks_installed(machine) == (["venv", LOCK] if half_made else []) + [DEV_LOCK]
    assert not (root / ".venv" / "bin" / "pyt").exists()


def test_an_addition_that_was_killed_begins_anew(root, machine, monkeypatch):
    bootstrap.set_up(root)

    def killed(command: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        bootstrap.set_up(root, dev=True)
    monkeypatch.setattr(bootstrap, "run", machine.run)
    machine.commands.clear()
    assert not bootstrap.set_up(root)
    assert bootstrap.set_up(root, dev=True)
    assert locks_installed(machine) == ["venv", LOCK, DEV_LOCK]


# -- what is installed, and with what ------------------------------------------------------------


def test_the_lines_of_one_package_keep_all_its_hashes():
    lock = "".join(map(ENTRY.format, ("pytest", "uv", "uvicorn")))
    assert bootstrap.lines_for(lock, ["uv"]) == ENTRY.format("uv")


@pytest.mark.parametrize("name", [LOCK, DEV_LOCK])
def test_the_lines_of_all_packages_are_the_lock(repo, name):
    lock = (repo / name).read_text(encoding="utf-8")
    names = [line.split("==")[0] for line in lock.splitlines() if line[0] != " "]
    assert bootstrap.lines_for(lock, names) == lock


def test_a_lock_without_the_installers_is_refused():
    with pytest.raises(SetupError, match="lacks uv"):
        bootstrap.lines_for(ENTRY.format("setuptools"), bootstrap.INSTALLERS)


def test_everything_but_the_project_is_checked_against_its_hash(root, machine):
    bootstrap.set_up(root, dev=True)
    installers, run, project, dev = [c for c in machine.commands if "install" in c]
    for command in (installers, run, dev):
        # Without isolation, a source distribution is built by what the lock installed.
        assert {"--require-hashes", "--no-build-isolation"} <= set(command)
    assert {"--no-index", "--no-deps", "--no-build-isolation"} <= set(project)
    assert project[-2:] == ["--editable", str(root)]


def test_where_uv_cannot_pip_installs_the_same_lock(root, machine, capsys):
    machine.breaks_on = "uv pip install"
    bootstrap.set_up(root)
    python = str(root / ".venv" / "bin" / "python")
    *_, lock, project = machine.commands
    for command in (lock, project):
        assert command[:4] == [python, "-m", "pip", "install"]
    assert {"--require-hashes", str(root / LOCK)} <= set(lock)
    assert "trying pip" in capsys.readouterr().err


def test_python_without_any_installer_says_what_to_install(root, machine, monkeypatch):
    """As on Debian without python3-venv; nothing is made, so the next try starts clean."""
    monkeypatch.setattr(bootstrap, "has_module", lambda name: name == "venv")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SetupError, match=r"apt install python3\.\d+-venv"):
        bootstrap.set_up(root)
    assert not (root / ".venv").exists()


@pytest.mark.parametrize(
    ("modules", "first"),
    [
        ({"venv", "ensurepip", "pip"}, ["venv/bin/python", "-m", "pip"]),
        ({"venv", "pip"}, [sys.executable, "-m", "pip"]),
        ({"venv"}, ["/usr/bin/uv", "pip"]),
    ],
)
def test_debian_without_ensurepip_uses_what_is_there(monkeypatch, modules, first):
    monkeypatch.setattr(bootstrap, "has_module", modules.__contains__)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert bootstrap.first_installer(Path("venv"))[: len(first)] == first


def test_a_folder_that_a_removed_package_left_is_no_module(tmp_path, monkeypatch):
    (tmp_path / "ghost" / "__pycache__").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    assert not bootstrap.has_module("ghost")
    assert bootstrap.has_module("venv")


def test_settings_that_lead_out_of_the_environment_are_left_behind(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    check = (
        "import os; assert 'PYTHONPATH' not in os.environ and os.environ['PIP_USER'] == '0'"
        " and os.environ['UV_PYTHON_DOWNLOADS'] == 'never'"
    )
    bootstrap.run([sys.executable, "-c", check])


def test_a_command_that_fails_is_an_error_with_advice():
    with pytest.raises(SetupError, match="next try starts afresh"):
        bootstrap.run([sys.executable, "-c", "raise SystemExit(3)"])


# -- make ----------------------------------------------------------------------------------------


def make(folder: Path, *words: str, before: tuple[str, ...] = ()) -> str:
    """Run make in `folder`, as a user would, also where the tests were started by make."""
    command = [*before, need_command("make"), *words]
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFL"))
    }
    ended = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_make_hands_on_event_and_cores(repo):
    shown = make(repo, "--dry-run", "run", "EVENT=el_nino_2015", "CORES=2")
    assert 'python -m rampflow run "el_nino_2015" --cores "2"' in shown


@pytest.mark.parametrize(
    ("target", "needs"),
    [("setup", ""), ("run", ""), ("test", "--dev"), ("test-fast", "--dev"), ("lint", "--dev")],
)
def test_a_target_sets_up_what_it_needs(repo, target, needs):
    first = make(repo, "--dry-run", target).splitlines()[0]
    assert first.partition("workflow/bootstrap.py")[2].strip() == needs


def test_make_help_names_every_target(repo):
    text = (repo / "Makefile").read_text(encoding="utf-8")
    (targets,) = [line.split()[1:] for line in text.splitlines() if line.startswith(".PHONY:")]
    shown = make(repo, "help")
    assert [line.split()[0] for line in shown.splitlines()[1:]] == targets


# -- for real ------------------------------------------------------------------------------------


def where_rampflow_lies(tree: Path) -> Path:
    """Import rampflow and a package of the lock in the environment of `tree`."""
    command = [str(tree / ".venv" / "bin" / "python"), "-c"]
    command.append("import numpy, rampflow; print(rampflow.__file__)")
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def packages(tree: Path) -> dict[str, int]:
    """Return the entries of the environment's packages and when each was made."""
    (folder,) = (tree / ".venv").glob("lib/python*/site-packages")
    return {e.name: e.stat().st_ctime_ns for e in folder.iterdir() if e.name != "__pycache__"}


def installed(tree: Path, name: str) -> bool:
    return name in packages(tree)


@pytest.mark.slow
def test_a_source_archive_in_a_path_with_spaces_that_moves(repo, tmp_path):
    tree = copy_tree(repo, tmp_path / "a path with spaces")
    python = getattr(sys, "_base_executable", sys.executable)
    make(tree, "setup", f"PYTHON={python}")
    assert where_rampflow_lies(tree).is_relative_to(tree)
    stamp = (tree / ".venv" / STAMP).stat()
    make(tree, "setup", f"PYTHON={python}")
    assert (tree / ".venv" / STAMP).stat().st_mtime_ns == stamp.st_mtime_ns
    assert not installed(tree, "pytest")
    before = packages(tree)
    make(tree, "setup-dev", f"PYTHON={python}")
    assert installed(tree, "pytest")
    assert before.items() <= packages(tree).items(), "what runs is not touched"
    moved = tree.rename(tmp_path / "moved to")
    make(moved, "setup", f"PYTHON={python}")
    assert where_rampflow_lies(moved).is_relative_to(moved)
    command = [str(moved / ".venv" / "bin" / "rampflow"), "--help"]
    subprocess.run(command, capture_output=True, check=True)


@pytest.mark.slow
def test_an_ordinary_user(repo):
    """The other tests may run as root, whom no permission stops."""
    if os.geteuid() != 0:
        pytest.skip("the tests already run as an ordinary user")
    become = [need_command("runuser"), "-u", "nobody", "--"]
    newer = "import sys, venv; sys.exit(sys.version_info < (3, 11))"
    for python in ("/usr/bin/python3", "/usr/local/bin/python3"):
        trial = subprocess.run([*become, python, "-c", newer], capture_output=True, check=False)
        if trial.returncode == 0:
            break
    else:
        give_up("needs a Python of the system that an ordinary user may run")
    with tempfile.TemporaryDirectory(prefix="an ordinary user ") as folder:
        tree = copy_tree(repo, Path(folder, "clone"))
        subprocess.run(["chown", "-R", "nobody", folder], check=True)
        make(tree, "setup", f"PYTHON={python}", before=(*become, "env", f"HOME={folder}"))
        assert where_rampflow_lies(tree).is_relative_to(tree)
        assert (tree / ".venv" / STAMP).owner() == "nobody"
