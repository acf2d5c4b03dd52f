"""The report in a real browser: nothing on the console, no network, nothing axe finds, no overflow.

One chromium and one report serve all tests of this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rampflow.challenge.split import PARTS
from rampflow.report import links
from rampflow.report.challenge import write_challenge_page
from rampflow.report.page import write_report
from rampflow.report.site import Evaluated, build_site
from tests.support.browser import OVERFLOW, WIDTHS, browser, opened, violations
from tests.support.challenge_boards import make_challenge_board, make_entry, make_team
from tests.support.reports import make_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "<script>document.title='hacked'</script>"
PUBLIC_IS_LOWER = 0.00412
"""By so much the scores on the public board differ from those on the private one."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    board, details = make_report(18, 3)
    board["rows"][1].update(team_name=HOSTILE, display_name="x" * 10_000)
    board["rows"][2].update(team_name="\u05d0\u05d1\u202eabc", display_name="W" * 300)
    write_report(board, folder, details)
    (folder / "site.html").write_text(build_site([Evaluated("a", board, details.uses)], {}))
    for part in PARTS:
        write_challenge_page(many_teams(part), folder / f"{part}.html")
    return folder


def many_teams(part: str) -> dict[str, Any]:
    """Make a board of a challenge with 18 teams and names that would break a page."""
    rows = [
        make_team(f"t{rank}", rank, 3.9 - 0.0137 * rank, public_rank=1 + 5 * rank % 18)
        for rank in range(1, 19)
    ]
    rows[1].update(team_name=HOSTILE, entry_name="W" * 300, change=-3)
    rows[2].update(team_name="x" * 10_000, change=None)
    for row in rows if part == "public" else []:
        del row["public_rank"], row["public_score"]
        row["score"] -= PUBLIC_IS_LOWER
    entries = [make_entry("t1", None, reason=HOSTILE), make_entry("t2", None, reason="y" * 900)]
    return make_challenge_board(part, rows=[*rows, make_team("desk", None, 3.7)], entries=entries)


def pages_of(site: Path) -> list[Path]:
    """Return the first page, that of a scored entry, of a failed one, of all events, of parts."""
    rows = make_report(18, 3)[0]["rows"]
    entries = [site / "entries" / r["team"] / f"{r['model']}.html" for r in (rows[1], rows[-1])]
    parts = [site / f"{part}.html" for part in PARTS]
    return [site / "index.html", *entries, site / "site.html", *parts]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_complains_overflows_or_breaks_a_rule_of_axe(
    chromium: Browser, site: Path, scheme: str
) -> None:
    found: list[str] = []
    for path in pages_of(site):
        with opened(chromium, path, complaints=found, color_scheme=scheme) as page:
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                found += [f"{path.name} at {width}: {what}" for what in page.evaluate(OVERFLOW)]
                if width in (1400, 400):
                    found += [f"{path.name} at {width}: {what}" for what in violations(page)]
            assert page.title() != "hacked"
    assert found == []


def test_tables_of_folds_and_of_reuse_fit_on_a_phone(chromium: Browser, site: Path) -> None:
    wide = """() => [...document.querySelectorAll(".scroll:has(> .folds)")]
      .filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.ariaLabel)"""
    for path in pages_of(site)[:2]:
        with opened(chromium, path, viewport={"width": 400, "height": 900}) as page:
            assert page.locator("table.folds").count() == 1
            assert page.evaluate(wide) == []


def test_without_scripts_all_is_there_and_nothing_overflows(chromium: Browser, site: Path) -> None:
    found: list[str] = []
    for path in pages_of(site):
        options = {"complaints": found, "java_script_enabled": False}
        with opened(chromium, path, **options) as page:
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                box = page.locator("main").bounding_box()
                assert box is not None
                assert box["x"] + box["width"] <= width
    assert found == []
    with opened(chromium, pages_of(site)[0], java_script_enabled=False) as page:
        assert not page.locator(".search").is_visible()
        assert _shown(page) == 3, "the best of each team"
        page.locator("#view-all").check()
        assert _shown(page) == 18


def _shown(page: Page) -> int:
    return page.locator("table.board > tbody:first-of-type > tr:visible").count()


def test_the_board_is_sorted_with_the_keyboard(chromium: Browser, site: Path) -> None:
    with opened(chromium, pages_of(site)[0]) as page:
        page.locator("#view-all").check()
        rank = page.locator("table.board thead th").first
        assert rank.get_attribute("aria-sort") == "ascending"
        head = page.locator("table.board thead th", has_text="Train (s)")
        head.locator("button").focus()
        for direction in ("ascending", "descending"):
            page.keyboard.press("Enter")
            assert head.get_attribute("aria-sort") == direction
            assert rank.get_attribute("aria-sort") is None
            cells = page.locator("table.board > tbody:first-of-type > tr > td:nth-last-child(3)")
            values = [float(cell.get_attribute("data-by") or "nan") for cell in cells.all()]
            assert values == sorted(values, reverse=direction == "descending")
            assert len(values) == 18
        # the first stop of the keyboard leads past the navigation
        page.reload()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"


@pytest.mark.parametrize("part", PARTS)
def test_a_board_of_a_challenge_is_sorted_and_searched(
    chromium: Browser, site: Path, part: str
) -> None:
    board = many_teams(part)
    ranked = [f"{row['score']:.4f}" for row in board["rows"] if row["rank"]]
    with opened(chromium, site / f"{part}.html") as page:
        scores = page.locator("table.teams > tbody > tr > td:nth-child(4) > b")
        rank = page.locator("table.teams thead th").first
        before = scores.all_inner_texts()
        assert rank.get_attribute("aria-sort") == "ascending"
        head = page.locator("table.teams thead th", has_text="AMS")
        head.locator("button").focus()
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == "descending"
        assert rank.get_attribute("aria-sort") is None
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == "ascending"
        assert scores.all_inner_texts() == before[::-1]
        assert [one for one in before if one in ranked] == ranked
        rank.locator("button").press("Enter")
        assert scores.all_inner_texts() == before, "rows without a rank are back in their places"
        page.locator(".search input").fill("t17")
        assert page.locator("table.teams > tbody > tr:visible").count() == 1
        assert page.locator(".found").inner_text() == f"1 of {len(before)} rows shown"
        if part == "public":
            private = [f"{row['score']:.4f}" for row in many_teams("private")["rows"][:-1]]
            content = page.content()
            assert not [score for score in private if score in content and score not in ranked]
            assert "rivate rank" not in content


def test_the_board_can_be_searched(chromium: Browser, site: Path) -> None:
    with opened(chromium, pages_of(site)[0]) as page:
        page.locator("#view-all").check()
        page.locator(".search input").fill("la ni ridge")
        n_shown = _shown(page)
        assert 0 < n_shown < 18
        assert page.locator(".found").inner_text() == f"{n_shown} of 18 rows shown"
        page.locator(".search input").fill("")
        assert _shown(page) == 18
        assert page.locator(".found").inner_text() == ""


def test_the_head_of_the_board_sticks(chromium: Browser, site: Path) -> None:
    with opened(chromium, pages_of(site)[0], viewport={"width": 1400, "height": 500}) as page:
        page.locator("#view-all").check()
        page.locator("#rank-12").scroll_into_view_if_needed()
        box = page.locator("table.board thead th").first.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 120


def test_it_prints_on_at_most_six_pages(chromium: Browser, site: Path) -> None:
    with opened(chromium, pages_of(site)[0]) as page:
        pdf = page.pdf(prefer_css_page_size=True)
    n_pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 1 <= n_pages <= 6


def test_all_entries_of_a_large_event_are_turned_sorted_and_searched(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_PAGES", 60)
    board, details = make_report(120, 2)
    board["rows"][3].update(display_name="</script><img src=x>", team_name=HOSTILE)
    write_report(board, tmp_path, details)
    found: list[str] = []
    path = tmp_path / "entries.html"
    with opened(chromium, path, complaints=found, java_script_enabled=False) as page:
        assert page.locator("tbody tr").count() == 50
        assert page.locator("noscript").inner_text().startswith("Without scripts the first 50")
    with opened(chromium, path, complaints=found) as page:
        found += violations(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found += page.evaluate(OVERFLOW)
        page.set_viewport_size({"width": 1400, "height": 900})
        assert page.locator(".which-rows").inner_text() == "1 to 50 of 120"
        page.locator(".next").click()
        page.locator(".next").click()
        assert page.locator(".which-rows").inner_text() == "101 to 120 of 120"
        head = page.locator("thead th", has_text="Rank")
        head.locator("button").focus()
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == "descending"
        assert page.locator("tbody td").first.inner_text() == "120"
        page.locator(".search input").fill("</script>")
        assert page.locator("tbody tr").count() == 1
        assert page.locator("tbody a").inner_text() == "</script><img src=x>"
        page.locator("tbody a").click()
        assert page.locator("section:target h2").inner_text() == "</script><img src=x>"
        found += violations(page)
    team = tmp_path / "teams" / f"{board['rows'][3]['team']}.html"
    with opened(chromium, team, complaints=found) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found += page.evaluate(OVERFLOW)
    with opened(chromium, team, complaints=found, color_scheme="dark") as page:
        found += violations(page)
    assert found == []
