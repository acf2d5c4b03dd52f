"""The page: right for every board, safe with any text, whole without a network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rampflow.report
from rampflow.report.page import FIGURES, build_page, write_report
from rampflow.report.svg import TOKENS
from tests.support.boards import make_board, make_failure, make_reference

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "\x00\x1b[31mred\x07",
    "\u202egnirts\u2066",
    "\ud800",
    "x" * 10_000,
    "a\u0301" * 5_000,
]
VOID = {"meta", "link", "img", "br", "hr", "input", "wbr"}


class Page(HTMLParser):
    """Parse a page: its tags must balance; collect text, ids, addresses and table rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.handle_startendtag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.tags.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.addresses += [values[key] for key in ("href", "src", "xlink:href") if key in values]
        self.handlers += [key for key in values if key.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "svg", "script"} & set(self.open):
            self.text.append(data)

    @property
    def words(self) -> str:
        """Everything a reader can read, outside the figures, with single spaces."""
        return " ".join("".join(self.text).split())


def read(board: dict[str, Any]) -> Page:
    return Page(build_page(board))


def without_times(board: dict[str, Any]) -> dict[str, Any]:
    """Take times and shares away, so that there is no figure and a page takes milliseconds."""
    for row in board["rows"]:
        row.update(commit=None, train_time=None, contributivity=None)
    return board


def test_the_same_board_gives_the_same_page() -> None:
    assert build_page(make_board()) == build_page(json.loads(json.dumps(make_board())))


def test_it_reads_from_top_to_bottom() -> None:
    words = read(make_board()).words
    order = ["is first, with RMSE 0.500 °C", "The submissions are examples", "5 scored, 2 failed",
             "Leaderboard Ranked by the bagged test score", "Progress Each dot", "Failed entries",
             "How to reproduce"]  # fmt: skip
    places = [words.index(text) for text in order]
    assert places == sorted(places)


def test_a_row_holds_what_the_board_holds() -> None:
    row = re.search(r'<tr id="rank-3"[^>]*>.*?</tr>', build_page(make_board()), re.DOTALL)
    assert row is not None
    assert Page(row[0]).words == (
        "3 2–4 La Niña 1 entry Damped persistence builds on kelvin/climatology (50 %) "
        "2015-05-21 11:21 0.574 0.534–0.624 0.594 20.0 % 10–30 % 20.0 % 0.412 0.020 "
        "2015-05-21 11:21"
    )


def test_entries_that_are_level_with_the_first_are_marked() -> None:
    page = build_page(make_board(4, 0))
    marked = re.findall(r'<tr id="rank-(\d)" class="level', page)
    assert marked == ["1", "2"]
    words = Page(page).words
    assert "= 1 1–2 Kelvin" in words
    assert "= marks entries that cannot be told apart from the first" in words
    assert "drawing the 588 rows that rank 2000 times, in blocks of 24" in words


def test_a_leader_that_is_alone_has_no_mark() -> None:
    board = make_board(3, 0)
    board["rows"][1]["is_level_with_first"] = False
    page = build_page(board)
    assert 'class="level' not in page
    assert "marks entries" not in Page(page).words


def test_where_nothing_was_compared_the_page_says_why() -> None:
    board = make_board(2, 0, comparison={"n_compared": 0, "why_not": "5 rows are too few"})
    for row in board["rows"]:
        row.update(is_level_with_first=None, score_low=None, best_rank=None, worst_rank=None)
    words = read(board).words
    assert "There are no intervals: 5 rows are too few." in words
    assert "interval, drawn" not in words
    some = read(make_board(3, 0, comparison={"n_compared": 2})).words
    assert "Only the first 2 entries are compared." in some


def test_a_share_of_the_blend_has_its_interval_below_it_and_folds_in_its_title() -> None:
    board = make_board(2, 0)
    text, words = build_page(board), read(board).words
    assert 'title="folds 0–100 %, 95 % interval 33–100 %">33–100 %</span>' in text
    assert (
        "below it is its 95 % interval: the 288 rows that folds held back were drawn 200 times"
        in words
    )
    assert "in blocks of 24, and the blend of every fold was selected again" in words


def test_where_shares_have_no_interval_the_page_says_why_and_an_older_board_says_nothing() -> None:
    board = make_board(2, 0)
    board["spread"].update(replicates=0, why_not="20 rows are too few")
    for row in board["rows"]:
        row.update(contributivity_low=None, contributivity_high=None)
    assert "it has no interval: 20 rows are too few." in read(board).words
    del board["spread"]
    for row in board["rows"]:
        for end in ("low", "high", "fold_low", "fold_high"):
            del row[f"contributivity_{end}"]
    assert "share of the blend, mean over folds. " in read(board).words


def test_the_bar_is_longest_for_the_largest_share() -> None:
    widths = re.findall(r'<span style="width: ([\d.]+)%">', build_page(make_board(4, 0)))
    assert widths == ["100.0", "75.0", "50.0", "25.0"]


def test_the_blend_is_unranked_and_its_validation_score_is_called_optimistic() -> None:
    page = read(make_board())
    assert "– Blend of 5 entries 0.462 0.470†" in page.words
    assert "† The blended validation score is optimistic" in page.words


def test_where_validation_ranks_the_mark_is_on_the_score() -> None:
    board = make_board(3, 0, ranked_on="bagged validation", event={"n_test": None})
    for row in board["rows"]:
        row["test_score"] = None
    board["blend"]["test_score"] = None
    page = read(board)
    assert "– Blend of 3 entries 0.462† –" in page.words
    assert "† The blended validation score is optimistic" in page.words
    assert "Ranked by the bagged validation score" in page.words
    assert "RMSE (°C) bagged validation Contri\u00adbutivity" in page.words
    assert "test rows" not in page.words


def test_the_other_score_is_a_column_where_there_is_one() -> None:
    ranked_on_valid = make_board(ranked_on="bagged validation")
    assert "bagged validation Test Contri\u00adbutivity" in read(ranked_on_valid).words
    assert "bagged test Validation Contri\u00adbutivity" in read(make_board()).words


def test_where_a_refit_ranks_the_bagged_scores_are_columns() -> None:
    board = make_board(3, 0, ranked_on="refit test", event={"final": "refit"})
    for row in board["rows"]:
        row.update(refit_score=row["score"], test_score=row["score"] + 0.1)
    words = read(board).words
    assert "refit test Bagged test Validation Contri\u00adbutivity" in words
    assert "of one fit on all training rows, on the 588 test rows" in words
    assert "0.500 0.460–0.550 0.600 0.520" in words
    assert "The blend combines the refits" in words


@pytest.mark.parametrize(("phase", "is_told"), [("open", True), ("closed", False)])
def test_an_open_event_tells_that_a_refit_will_rank(phase: str, is_told: bool) -> None:
    event = {"final": "refit", "phase": phase}
    words = read(make_board(3, 0, ranked_on="bagged validation", event=event)).words
    assert ("Once the event is closed, the score of one fit" in words) is is_told


def test_what_is_for_comparison_stands_below_without_a_rank() -> None:
    limit = make_reference("Best possible", 0.41, is_limit=True)
    absent = make_reference("Of another part", None)
    page = build_page(make_board(3, 0, references=[limit, make_reference("Naive", 0.9), absent]))
    words = Page(page).words
    place = words.index("For comparison, not ranked")
    assert place > words.index("Blend of 3 entries")
    assert words.index("– Best possible known limit Made by the organisers. 0.410") > place
    assert "– Naive Made by the organisers. 0.900" in words
    assert "Of another part" not in words, "one without any number says nothing"
    assert "the dotted line the known limit" in words
    assert "For comparison" not in read(make_board()).words


def test_data_made_with_other_bytes_are_called_so() -> None:
    files = [{"path": "problems/a/x.nc", "md5": "12" * 16, "locked": "34" * 16}]
    words = read(make_board(provenance={"data": files})).words
    assert "problems/a/x.nc: made on this machine with other bytes" in words
    assert "not the data set that is locked" in words
    assert f"md5 of problems/a/x.nc; locked is {'34' * 16}" in words


def test_historical_contributivity_is_a_column_where_entries_build_on_others() -> None:
    assert "Historical" in read(make_board(5)).words
    assert "Historical" not in read(make_board(2)).words


def test_a_failed_entry_says_why_and_keeps_its_log() -> None:
    page = build_page(make_board(2, 1))
    failure = re.search(r'<details class="failure">.*?</details>', page, re.DOTALL)
    assert failure is not None
    assert Page(failure[0]).words.startswith("error Kelvin Looks ahead 0 fold 3, predict:")
    assert "fold 3, predict: IndexError" in failure[0]
    assert "failed in 1 of 8 folds" in failure[0]
    assert "  File &#34;regressor.py&#34;, line 12" in failure[0]


def test_it_says_how_to_get_the_same_result() -> None:
    words = read(make_board()).words
    for text in ("git checkout " + "1f" * 20, "make run EVENT=el_nino_2015",
                 "rampflow verify el_nino_2015 --against", "9c1b" * 8, "3f" * 32, "a0" * 32,
                 "md5 of problems/el_nino/data/enso.nc", "Seed 1000 plus"):  # fmt: skip
        assert text in words


def test_data_outside_dvc_are_named_by_their_own_hash() -> None:
    files = [{"path": "problems/a/x.csv", "md5": f"sha256:{'5e' * 32}"}]
    words = read(make_board(provenance={"data": files})).words
    assert f"{'5e' * 32} sha256 of problems/a/x.csv" in words
    assert "md5" not in words


@pytest.mark.parametrize(
    ("code", "warning"),
    [
        ({"commit": None, "clean": None}, "made outside a git repository"),
        ({"commit": "1f" * 20, "clean": False}, "had changes that are not in this commit"),
    ],
)
def test_code_that_no_commit_names_is_a_warning(code: dict[str, Any], warning: str) -> None:
    words = read(make_board(provenance={"code": code})).words
    assert warning in words
    assert ("git checkout" in words) == (code["commit"] is not None)
    assert warning not in read(make_board()).words


@pytest.mark.parametrize("phase", ["open", "closed"])
@pytest.mark.parametrize("ranked_on", ["bagged test", "bagged validation"])
@pytest.mark.parametrize(("n_scored", "n_failed"), [(0, 0), (0, 1), (0, 3), (1, 0), (1, 1), (2, 0)])
def test_boards_at_the_edge(n_scored: int, n_failed: int, ranked_on: str, phase: str) -> None:
    event = {"phase": phase, "opened": None, "closed": None, "note": ""}
    page = read(make_board(n_scored, n_failed, ranked_on=ranked_on, event=event))
    assert f"{n_scored} scored, {n_failed} failed" in page.words
    assert ("Failed entries" in page.words) == (n_failed > 0)
    assert ("Blend of" in page.words) == (n_scored > 0)
    assert ("nothing to rank" in page.words) == (n_scored == 0)
    assert "Note." not in page.words
    assert "None" not in page.words
    assert "nan" not in page.words.lower().replace("niña", "").split()


def test_every_number_may_be_absent() -> None:
    board = without_times(make_board(3, 1, blend=None))
    for row in board["rows"]:
        for key, value in row.items():
            if isinstance(value, float):
                row[key] = None
    board["provenance"].update(lock_sha256=None, folds_sha256=None, data=[])
    page = read(board)
    assert "None" not in page.words
    assert "no blend" in page.words


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text: str) -> None:
    board = make_board(2, 1)
    for row in board["rows"]:
        row.update(team_name=text, display_name=text, reason=text, log=text, commit=text)
        row["builds_on"] = [{"submission": text, "credit": 1.0}]
    board["event"].update(title=text, note=text, problem_title=text, name=text)
    board["metric"].update(name=text, unit=text)
    page = read(board)
    assert page.tags.count("script") == 1, "the page's own"
    assert "img" not in page.tags
    assert page.handlers == []
    assert len(build_page(board)) < 200_000
    if text.startswith(("<script", '"><img', "{{")):
        assert text in page.words
    if "\u202e" in text:
        assert "\\u202egnirts\\u2066" in page.words


@settings(max_examples=25)
@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=200))
def test_any_text_leaves_the_page_well_formed(name: str, log: str) -> None:
    board = without_times(make_board(2, 1))
    for row in board["rows"]:
        row.update(team_name=name, display_name=name, reason=log, log=log)
    plain = without_times(make_board(2, 1))
    page = read(board)
    assert page.ids == read(plain).ids
    build_page(board).encode("utf-8")


def test_it_loads_nothing() -> None:
    text = build_page(make_board(40, 3))
    page = Page(text)
    outside = [a for a in page.addresses if not a.startswith("#")]
    assert set(outside) == {
        *(f"figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "pdf")),
        "../leaderboard.csv",
        "../leaderboard.json",
    }
    assert not {"link", "iframe", "object", "base"} & set(page.tags)
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert "default-src 'none'" in text
    assert page.tags.count("script") == 1
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text


def test_every_link_within_the_page_leads_somewhere_and_ids_are_unique() -> None:
    page = read(make_board())
    assert len(page.ids) == len(set(page.ids))
    assert {a[1:] for a in page.addresses if a.startswith("#")} <= set(page.ids)


def test_it_is_small() -> None:
    assert len(build_page(make_board()).encode()) < 200_000
    assert len(build_page(make_board(100, 20)).encode()) < 700_000


def test_a_long_log_does_not_make_a_large_page() -> None:
    board = make_board(0, 0)
    board["rows"] = [make_failure(i, log="x\n" * 10**6) for i in range(10)]
    assert len(build_page(board)) < 150_000


def test_the_style_has_the_colours_that_figures_are_drawn_with() -> None:
    style = Path(rampflow.report.__file__).parent / "assets" / "style.css"
    light = style.read_text("utf-8").split("@media")[0]
    for token, colour in TOKENS.items():
        assert f"--{token}: {colour};" in light


def _luminance(colour: str) -> float:
    """Relative luminance of a colour, as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_text_passes_contrast_on_the_backgrounds_it_stands_on() -> None:
    style = Path(rampflow.report.__file__).parent / "assets" / "style.css"
    themes = re.findall(r":root \{(.*?)\}", style.read_text("utf-8"), re.DOTALL)
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--(\w+): (#\w{6});", theme))
        for text in ("ink", "muted", "accent", "warm", "bad"):
            for ground in ("paper", "soft") if text != "warm" else ("paper",):
                dark, light = sorted(_luminance(colours[name]) for name in (text, ground))
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def test_the_folder_holds_the_page_and_its_figure(tmp_path: Path) -> None:
    written = write_report(make_board(), tmp_path / "report")
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {
        "report/index.html",
        *(f"report/figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "pdf")),
    }
    assert {str(path.relative_to(tmp_path)) for path in written} == names
    assert (tmp_path / "report/index.html").read_text("utf-8") == build_page(make_board())


def test_a_figure_that_shows_nothing_any_more_is_removed(tmp_path: Path) -> None:
    write_report(make_board(), tmp_path)
    assert write_report(make_board(0, 2), tmp_path) == [tmp_path / "index.html"]
    assert not list(tmp_path.glob("figures/*"))


def test_heavy_libraries_are_imported_only_when_used() -> None:
    import subprocess

    code = (
        "import sys, rampflow.report.page, rampflow.report.terminal, rampflow.report.figures\n"
        "print([m for m in ('matplotlib', 'jinja2', 'rich', 'numpy') if m in sys.modules])"
    )
    root = Path(rampflow.report.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert done.stdout == "[]\n", done.stderr
