"""The documentation says what the code says."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

from rampflow.board.leaderboard import COLUMNS
from rampflow.cell.keys import SENTENCES, fit_parts
from rampflow.challenge.boards import COLUMNS as CHALLENGE_COLUMNS
from rampflow.commands.main import COMMANDS, make_parser
from rampflow.config.document import PAGES, configuration_page
from rampflow.problems import tables
from rampflow.problems.contract import OPTIONAL, REQUIRED
from tests.support.toys import make_toy

COMMON = {"data": {}, "problem": {}, "runner": {}, "lock": "", "python": ""}
FIT_PARTS = set(fit_parts(COMMON, {}, [], {}, 0, 1))


def test_the_page_on_configuration_is_made_from_the_schemas(repo: Path) -> None:
    assert (repo / "docs" / "configuration.md").read_text() == configuration_page()


@pytest.mark.parametrize("schema", [schema for schema, _ in PAGES])
def test_every_key_is_described(schema: type) -> None:
    undescribed = [name for name, field in schema.model_fields.items() if not field.description]
    assert not undescribed


def test_every_column_of_the_board_is_described(repo: Path) -> None:
    page = (repo / "docs" / "results.md").read_text()
    words = set(re.findall(r"\w+", page))
    known_by_name = {"display_name", "team_name", "builds_on"}  # as in submission.yaml
    assert not [c for c in COLUMNS if c not in words | known_by_name and not c.endswith("_sum")]


def test_every_column_of_a_challenge_is_described(repo: Path) -> None:
    page = (repo / "docs" / "challenge.md").read_text()
    assert not [c for c in CHALLENGE_COLUMNS if f"`{c}`" not in page]


def test_the_board_begins_with_the_columns_of_the_talk() -> None:
    talk = "rank,team,model,commit,score,contributivity,train_time,test_time"
    assert ",".join(COLUMNS[:8]) == talk


def test_every_part_of_a_fit_key_has_its_words() -> None:
    assert set(SENTENCES) >= FIT_PARTS


def test_every_part_of_a_fit_key_is_described(repo: Path) -> None:
    page = (repo / "docs" / "evaluation.md").read_text()
    rows = re.findall(r"^\| (`.*?`) \|", page, flags=re.MULTILINE)
    assert set(re.findall(r"\w+", " ".join(rows))) == FIT_PARTS


def test_every_name_of_the_contract_is_described(repo: Path) -> None:
    page = (repo / "docs" / "problems.md").read_text()
    rows = re.findall(r"^\| `(\w+)(?:\([\w, ]*\))?` \| (optional)?", page, flags=re.MULTILINE)
    assert {name for name, optional in rows if not optional} == set(REQUIRED)
    assert {name for name, optional in rows if optional} == {*OPTIONAL, *tables.OPTIONAL}


@pytest.mark.parametrize(
    "module",
    [
        "workflows",
        "splitters",
        "predictions",
        "metrics.regression",
        "metrics.classification",
        "metrics.combined",
    ],
)
def test_everything_a_problem_may_use_is_named(repo: Path, module: str) -> None:
    page = (repo / "docs" / "problems.md").read_text()
    content = import_module(f"rampflow.problems.{module}")
    own = {
        name
        for name, value in vars(content).items()
        if getattr(value, "__module__", "").startswith(content.__name__) and name[0] != "_"
    }
    usable = {
        name
        for name in own
        if name.startswith("make_")
        or (name[0].isupper() and name != "LabelScore" and not name.endswith("Predictions"))
    }
    assert usable
    assert not [name for name in usable if not re.search(rf"`{name}\b", page)]


def test_the_problem_of_the_page_is_evaluated_as_it_stands(repo: Path, tmp_path: Path) -> None:
    page = (repo / "docs" / "problems.md").read_text()
    files = dict(re.findall(r"`([\w/.]+)`[^\n`]*:\n\n```\w+\n(.*?)```", page, flags=re.DOTALL))
    assert len(files) == 4
    toy = make_toy(tmp_path / "project", submissions=False)
    for name, content in files.items():
        toy.write(name, content)
    for part, n_rows in (("train", 12), ("test", 5)):
        rows = [f"{30 + 7 * i},{i % 4},{90 + 20 * i}" for i in range(n_rows)]
        toy.write(f"problems/flats/data/{part}.csv", "\n".join(["area,age,price", *rows]) + "\n")
    (check,) = re.findall(r"`rampflow check (\S+)`", page)
    (run,) = re.findall(r"`rampflow run (\S+)`", page)
    assert "rmse: train " in toy.run("check", check).ok().out
    toy.run("run", run).ok()
    board = json.loads((toy.root / "results" / run / "leaderboard.json").read_text())
    (row,) = board["rows"]
    assert (row["rank"], row["team"], row["status"], row["reason"]) == (1, "owls", "ok", "")
    assert 0 < row["test_score"] < 100


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        make_parser(name).parse_args([name, "--help"])
    assert ended.value.code == 0
    assert f"example: rampflow {name}" in capsys.readouterr().out


def test_every_file_the_map_names_exists(repo: Path) -> None:
    page = (repo / "docs" / "structure.md").read_text()
    package = repo / "workflow" / "rampflow"
    named = set(
        re.findall(
            r"`((?:rules|cell|data|board|ensemble|plan|problems|report|verify|paths|config|"
            r"commands)/[\w/.]+\.(?:py|smk|j2))",
            page,
        )
    )
    assert len(named) > 15
    assert not [
        name for name in named if not (repo / name).exists() and not (package / name).exists()
    ]


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/structure.md",
        "docs/results.md",
        "docs/evaluation.md",
        "docs/problems.md",
        "docs/challenge.md",
        "docs/cluster.md",
    ],
)
def test_links_lead_somewhere(repo: Path, page: str) -> None:
    text = (repo / page).read_text()
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert not [link for link in links if not (repo / page).parent.joinpath(link).exists()]
