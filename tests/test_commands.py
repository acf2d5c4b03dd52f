"""The command line: arguments, user errors in words, exit codes."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rampflow import __version__
from rampflow.commands import common
from rampflow.commands.main import COMMANDS, main, make_parser, parse
from rampflow.paths import Project
from rampflow.plan.hold import is_dry
from tests.support.toys import EVENT, make_toy


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(COMMANDS[name])
    with pytest.raises(SystemExit) as caught:
        main([name, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert f"example: {module.EXAMPLE}" in out
    assert module.EXAMPLE.startswith(f"rampflow {name}")
    assert module.HELP in out


def test_only_the_command_that_runs_is_given_its_arguments() -> None:
    assert make_parser("status").parse_args(["status", "e", "--json"]).json is True
    with pytest.raises(SystemExit):
        make_parser("status").parse_args(["plan", "e"])


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["status", "a", "b"], ["step"]])
def test_wrong_arguments_end_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "own",
    [
        ["run", "e", "--data", "x"],
        ["run", "--data", "x", "e"],
        ["--root", ".", "run", "e", "--data=x"],
    ],
)
def test_what_follows_two_dashes_is_for_snakemake_wherever_the_options_stand(
    own: list[str],
) -> None:
    arguments = parse([*own, "--", "-n", "results/e", "--", "--forceall"])
    assert (arguments.event, arguments.data) == ("e", "x")
    assert arguments.snakemake == ["-n", "results/e", "--", "--forceall"]
    assert parse(own).snakemake == parse([*own, "--"]).snakemake == []


@pytest.mark.parametrize("extra", [["-n"], ["target"], ["target", "--forceall"]])
def test_arguments_for_snakemake_without_two_dashes_are_refused_with_the_right_order(
    extra: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run", "e", *extra])
    assert caught.value.code == 2
    assert f"rampflow run … -- {' '.join(extra)}" in capsys.readouterr().err


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"rampflow {__version__}\n"


def test_a_user_error_is_words_on_standard_error_and_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--root", str(tmp_path), "status"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("rampflow: this is not a rampflow project")
    assert "Traceback" not in captured.err


def test_a_full_disk_is_words_and_not_a_traceback(tmp_path: Path, repo: Path) -> None:
    make_toy(tmp_path / "toy")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-u", "-m", "rampflow", "status", "--json"],
            cwd=tmp_path / "toy",
            env={**os.environ, "PYTHONPATH": str(repo / "workflow")},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("rampflow: no space is left")
    assert "do: " in done.stderr


def test_status_and_plan_answer_in_json_from_files_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toy = make_toy(tmp_path / "toy")
    root = ["--root", str(toy.root)]
    assert main([*root, "status", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["event"] == EVENT
    assert main([*root, "plan", EVENT, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["prepare"] == 1
    assert not (toy.root / "results").exists()
    assert main([*root, "status", "none"]) == 2
    assert f"events: {EVENT}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["-n"], True),
        (["-np"], True),
        (["--quiet", "--dryrun"], True),
        (["--dry-run"], True),
        ([], False),
        (["--nolock", "-p", "--rerun-triggers", "input"], False),
    ],
)
def test_a_dry_run_is_told_from_others(given: list[str], expected: bool) -> None:
    assert is_dry(given) is expected


def test_the_event_is_the_default_one_unless_it_is_named(tmp_path: Path) -> None:
    project = Project(make_toy(tmp_path / "toy").root)
    parser = argparse.ArgumentParser()
    common.add_event(parser)
    assert common.event_of(project, parser.parse_args([])) == EVENT
    assert common.event_of(project, parser.parse_args(["other"])) == "other"


def test_facts_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    common.show_json({"a": "é", "b": [1, None]})
    assert json.loads(capsys.readouterr().out) == {"a": "é", "b": [1, None]}
    common.show("x")
    assert capsys.readouterr().out == "x\n"
    words = [common.plural(n, "cell") for n in (0, 1, 2, 12_000)]
    assert words == ["0 cells", "1 cell", "2 cells", "12,000 cells"]
