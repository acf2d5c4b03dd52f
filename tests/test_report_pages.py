"""The pages below the first one, the heat map, the marks, and what they are read from."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rampflow.files import read_json
from rampflow.report import failures, links
from rampflow.report.code import highlighted
from rampflow.report.details import Details, Fold, Standing, read_code, read_details
from rampflow.report.entry import Entries
from rampflow.report.heat import fold_map
from rampflow.report.marks import fold_strip, interval_axis, interval_mark
from rampflow.report.page import build_page, write_report
from rampflow.report.payoff import front, payoff_svg
from rampflow.report.reuse import Use, read_uses, reuse_content
from rampflow.report.shape import as_board
from tests.support.boards import make_board, make_failure
from tests.support.evaluated import evaluated
from tests.support.reports import make_report
from tests.test_page import HOSTILE, Page, without_times


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a report with a page per entry."""
    folder = tmp_path_factory.mktemp("site")
    write_report(*_swapped(make_report(), folder))
    return folder


def _swapped(report: tuple[Any, Details], folder: Path) -> tuple[Any, Path, Details]:
    return report[0], folder, report[1]


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_built_twice_every_file_has_the_same_bytes(site: Path, tmp_path: Path) -> None:
    write_report(*_swapped(make_report(), tmp_path))
    assert files_of(tmp_path) == files_of(site)


def test_every_address_in_every_page_leads_to_a_file_or_an_id(site: Path) -> None:
    pages = {path: Page(path.read_text()) for path in site.rglob("*.html")}
    assert len(pages) == 1 + 8
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids))
        for address in page.addresses:
            if address.startswith("data:"):
                continue
            place, _, anchor = address.partition("#")
            target = (path.parent / place).resolve() if place else path
            assert target.is_file(), (path, address)
            if anchor:
                assert anchor in pages[target].ids, (path, address)


def test_an_entry_has_its_numbers_folds_code_and_neighbours(site: Path) -> None:
    board = make_report()[0]
    row = next(r for r in board["rows"] if r["builds_on"])
    text = (site / "entries" / row["team"] / f"{row['model']}.html").read_text()
    words = Page(text).words
    assert "Better: " in words
    assert "Worse: " in words
    assert "Builds on kelvin/climatology (credit 50 %)" in words
    assert f"Rank{row['rank']}of 6 scored; the data allow" in words
    assert "FoldRMSE (°C), validationRankTrain (s)" in words
    assert f"0{row['score']:.3f}{row['rank']}0.1000.02080" in words
    assert "Most memory of a step: 87 MB" in words
    assert '<span class="py-k">class</span>' in text
    assert "# &lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert 'class="strip"' in text


def test_a_failed_entry_begins_with_its_error(site: Path) -> None:
    board = make_report()[0]
    row = board["rows"][-1]
    page = Page((site / "entries" / row["team"] / f"{row['model']}.html").read_text())
    assert page.words.index("IndexError") < page.words.index("Traceback") < page.words.index("Code")
    assert "3 error–––––" in page.words
    assert "Rank 1" not in page.words


def test_what_an_earlier_report_left_is_removed(site: Path, tmp_path: Path) -> None:
    write_report(*_swapped(make_report(), tmp_path))
    write_report(*_swapped(make_report(2, 0), tmp_path))
    assert len(list(tmp_path.rglob("entries/*/*.html"))) == 2


def test_above_so_many_entries_every_team_has_a_page(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(links, "MOST_PAGES", 5)
    board, details = make_report()
    write_report(without_times(board), tmp_path, details)
    assert not (tmp_path / "entries").exists()
    pages = sorted(path.name for path in (tmp_path / "teams").iterdir())
    assert pages == ["kelvin.html", "la_nina.html", "orsay.html"]
    index = (tmp_path / "index.html").read_text()
    assert len(re.findall(r'<tr id="rank-', index)) == 3, "the best of each team"
    for row in board["rows"]:
        text = (tmp_path / "teams" / f"{row['team']}.html").read_text()
        assert f'<section id="{row["model"]}"' in text
    team, model = board["rows"][0]["team"], board["rows"][0]["model"]
    assert f'href="teams/{team}.html#{model}"' in index


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_on_the_page_of_an_entry(text: str, tmp_path: Path) -> None:
    board, details = make_report(2, 1)
    for row in without_times(board)["rows"]:
        row.update(team_name=text, display_name=text, reason=text, log=text, commit=text)
    board["event"].update(title=text)
    board["metric"].update(name=text, unit=text)
    hostile = Details(
        details.folds, {}, (), lambda row: [(text, text), ("a.py", text), ("b.md", text)]
    )
    write_report(board, tmp_path, hostile)
    pages = [Page(path.read_text()) for path in tmp_path.rglob("entries/*/*.html")]
    assert len(pages) == 3
    for page in pages:
        assert "script" not in page.tags
        assert "img" not in page.tags
        assert page.handlers == []
        if text.startswith(("<script", "{{")):
            assert text in page.words
        if "\u202e" in text:
            assert "\\u202egnirts" in page.words


def test_the_heat_map_has_the_best_of_each_team_and_names_the_hardest_fold() -> None:
    board, details = make_report()
    found = fold_map(board, details)
    assert found is not None
    assert [row["team"] for row in found["rows"]] == list(
        dict.fromkeys(row["team_name"] for row in board["rows"])
    )
    shades = [[cell["shade"] for cell in row["cells"]] for row in found["rows"]]
    assert min(map(min, shades)) == 0
    assert max(map(max, shades)) == 8
    assert all(row == sorted(row) for row in shades), "later folds are harder"
    assert (found["hardest"], found["easiest"]) == (7, 0)
    assert fold_map(board, Details()) is None


def test_a_rank_on_a_fold_counts_those_that_are_better() -> None:
    board, details = make_report(4, 0)
    standing = Standing(board, details)
    assert [standing.rank(0, row["score"]) for row in board["rows"]] == [1, 2, 3, 4]
    assert standing.rank(0, 0.0) == 1
    assert len(standing.scores(0, 2)) == 2


def test_marks_keep_to_their_axis_and_show_what_is_beyond() -> None:
    board = as_board(make_board(10, 0))
    axis = interval_axis(board)
    assert axis is not None
    marks = [interval_mark(axis, row) for row in board["rows"]]
    assert 'class="mark-dot"' in marks[0]
    assert "mark-arrow" in marks[-1]
    places = [float(x) for mark in marks for x in re.findall(r'cx="([\d.]+)"', mark)]
    assert places == sorted(places)
    assert interval_axis(as_board(make_board(1, 0))) is None


def test_a_strip_of_nothing_is_nothing() -> None:
    options: dict[str, Any] = {"metric": make_board(1, 0)["metric"], "label": "<x>"}
    assert fold_strip([None, None], [[], []], **options) == ""
    drawn = fold_strip([0.5, None], [[0.5, 0.7], [0.6]], **options)
    assert drawn.count("strip-own") == 1
    assert "&lt;x&gt;" in drawn


def test_the_axis_of_a_strip_has_the_numbers_at_its_ends() -> None:
    metric = {**make_board(1, 0)["metric"], "precision": 2}
    for is_lower, rest, ends in (
        (True, [0.1] * 30 + [9.0], ["0.10", "≥0.50"]),
        (False, [9.0] * 30 + [0.1], ["9.00", "≤0.50"]),
        (True, [0.1, 0.3], ["0.10", "0.50"]),
        (True, [0.5], ["0.50"]),
    ):
        options: dict[str, Any] = {"metric": {**metric, "is_lower_the_better": is_lower}}
        drawn = fold_strip([0.5], [rest], label="x", **options)
        assert re.findall(r'text-anchor="end">([^<]+)<', drawn) == ends
        assert f'aria-label="x, from {ends[0]} to {ends[-1]}"' in drawn


def test_beside_a_team_is_how_many_entries_it_handed_in() -> None:
    board = make_board(4, 0)
    board["rows"] = [{**row, "team": "a"} for row in board["rows"][:3]] + board["rows"][3:]
    board["rows"].append({**make_failure(7), "team": "a"})
    page = build_page(board)
    counts = re.findall(r'class="n-entries">([^<]+)<', page)
    assert counts == ["4 entries", "1 entry"]


def test_equal_failures_are_shown_together_where_there_are_many() -> None:
    board = make_board(0, 0)
    board["rows"] = [
        make_failure(i, status="error", reason=f"fold {i % 3}, train: ValueError: no")
        for i in range(30)
    ]
    words = Page(build_page(without_times(board))).words
    assert "error 30 entries train: ValueError: no" not in words
    assert "error 30 entries ValueError: no" in words
    assert failures.kind(board["rows"][0]) == "ValueError: no"
    assert failures.kind(make_failure(0, reason="no fold")) == "no fold"


def test_the_front_is_what_nothing_faster_beats() -> None:
    board = as_board(make_board(6, 0))
    found = front(board)
    times = [row["train_time"] or 0 for row in found]
    ranks = [row["rank"] or 0 for row in found]
    assert times == sorted(times)
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[-1] == 1
    assert payoff_svg(as_board(make_board(1, 0))) == {}
    svg = payoff_svg(board)
    assert set(svg) == {"contributivity", "fit_time"}
    assert svg["fit_time"]["half"].count("<a href=") == 6


def test_code_is_escaped_and_control_characters_are_spelled_out() -> None:
    assert highlighted("a.py", "x = '<b>'").count("&lt;b&gt;") == 1
    assert "\\x1b" in highlighted("a.unknown", "\x1b[31m")
    assert highlighted("b.txt", "a\n\n") == "a\n\n"


def test_details_are_read_from_the_result_folder(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", failing=(("ants/line", 1),))
    results = made.plan.results
    read = read_json(results.leaderboard_json)
    board = as_board({**read, "provenance": make_board()["provenance"]})
    where = partial(made.project.submission, made.plan.event)
    details = read_details(results, board, where)
    bees = details.folds["bees/mean"]
    assert [(fold.status, fold.train_s) for fold in bees] == [("ok", 0.25), ("ok", 0.25)]
    assert all(fold.score is not None for fold in bees)
    assert [fold.status for fold in details.folds["ants/line"]] == ["ok", "error"]
    assert {"leaderboard.csv", "fold_scores.csv", "fold_runs.csv"} <= set(details.tables)
    row = next(row for row in board["rows"] if row["team"] == "ants")
    assert [name for name, _ in details.code_of(row)] == ["regressor.py", "slopes.py"]
    board["event"]["phase"] = "open"
    assert list(read_details(results, board, where).code_of(row)) == []
    assert Entries(board, details, "").content(row)["folds"][1]["status"] == "error"


def test_only_text_of_the_entry_itself_is_shown(tmp_path: Path) -> None:
    for name, content in {
        "a.py": b"x = 1",
        "model.bin": b"\0\1",
        "submission.yaml": b"team: a",
        ".secret": b"x",
        "__pycache__/a.txt": b"x",
        "latin.txt": b"\xe9",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "link.py").symlink_to("/etc/hostname")
    assert list(read_code(tmp_path)) == [("a.py", "x = 1"), ("latin.txt", "\ufffd")]


def test_folds_of_one_entry_alone_need_no_others() -> None:
    board = make_board(1, 0)
    details = Details({f"{board['rows'][0]['team']}/{board['rows'][0]['model']}": [Fold()] * 8})
    content = Entries(as_board(board), details, "../../").content(board["rows"][0])
    assert content["strip"] == ""
    assert content["better"] is content["worse"] is None


def test_reuse_has_lanes_arrows_and_the_most_reused(site: Path) -> None:
    text = (site / "index.html").read_text()
    words = Page(text).words
    assert "Who reused whose code" in words
    assert "Most reusedReused byBest RMSE (°C) built on it" in words
    drawing = re.search(r'<svg class="lanes".*?</svg>', text, re.DOTALL)
    assert drawing is not None
    assert drawing[0].count('class="lane"') == 3
    assert 2 * drawing[0].count("arrow-head") == drawing[0].count('class="arrow')
    assert "arrow-declared" in drawing[0]


def test_without_code_between_teams_there_is_no_section_on_reuse() -> None:
    board, details = make_report(2, 0)
    assert reuse_content(board, [], links.row_anchor) is None
    name = f"{board['rows'][0]['team']}/{board['rows'][0]['model']}"
    assert reuse_content(board, [Use("x/gone", name, 1.0, None)], links.row_anchor) is None
    assert read_uses("") == []
