"""How long a large report takes to build and to open; see README.md."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from rampflow.report.details import Details, Fold
from rampflow.report.page import write_report
from tests.support.boards import make_board, make_row
from tests.support.browser import browser

N_FOLDS = 8
READY = """() => performance.getEntriesByType("paint").at(-1)?.startTime ?? NaN"""


def make_event(n_teams: int, n_entries: int) -> tuple[dict[str, Any], Details]:
    """Generate the records of an event; later entries tend to be better."""
    board = make_board(5, 2)
    rows = []
    for rank in range(1, n_entries + 1):
        age = (n_entries - rank + 1 + (rank * 104_729) % (n_entries // 2)) % n_entries + 1
        team = f"team_{(rank * 7919) % n_teams}"
        row = make_row(age, rank, n_entries, team=team, team_name=team.replace("_", " "))
        score = 0.5 + 0.4 * rank / n_entries
        own = {"score": score, "score_low": score - 0.02, "score_high": score + 0.02}
        name = {"model": f"entry_{rank}", "display_name": f"Entry {rank}", "builds_on": []}
        share = {"contributivity": 0.02 if rank < 40 else 0.0, "train_time": 0.1 + rank % 100}
        rows.append({**row, **own, **name, **share, "test_score": score, "valid_score": score})
    board["rows"] = rows
    folds = {
        f"{row['team']}/{row['model']}": [
            Fold("ok", row["score"] + 0.01 * k, 1.0, 0.1, 100.0) for k in range(N_FOLDS)
        ]
        for row in rows
    }
    return board, Details(folds)


def main() -> None:
    """Build, measure, open, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teams", type=int, default=500)
    parser.add_argument("--entries", type=int, default=9_000)
    arguments = parser.parse_args()
    board, details = make_event(arguments.teams, arguments.entries)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started, cpu = time.perf_counter(), time.process_time()
        write_report(board, folder, details)
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu
        files = [path for path in folder.rglob("*") if path.is_file()]
        total = sum(path.stat().st_size for path in files)
        print(f"{arguments.teams} teams, {arguments.entries} entries")
        print(
            f"built in {wall:.1f} s ({cpu:.1f} s of CPU): {len(files)} files, {total / 1e6:.1f} MB"
        )
        with browser() as chromium:
            for page_name in ("index.html", "entries.html"):
                if (folder / page_name).is_file():
                    _open(chromium, folder / page_name)


def _open(chromium: Any, path: Path) -> None:
    """Open a page three times and print the best time; the first start warms caches."""
    times = []
    for _ in range(3):
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        started = time.perf_counter()
        page.goto(path.as_uri())
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        times.append((time.perf_counter() - started, page.evaluate(READY) / 1000))
        page.close()
    ready, paint = min(times)
    size = path.stat().st_size / 1000
    print(f"{path.name}: {size:.0f} kB, ready in {ready:.2f} s, first content after {paint:.2f} s")


if __name__ == "__main__":
    main()
