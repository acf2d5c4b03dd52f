"""``rampflow doctor``: what this machine offers, and what to do about what is missing."""

from __future__ import annotations

import argparse

from rampflow.commands.common import add_json, show, show_json
from rampflow.paths import Project

HELP = "say what this machine offers, and what to do about what is missing"
EXAMPLE = "rampflow doctor"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_json(parser)


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Look at the machine; exit with 0 only if an evaluation can run here."""
    from dataclasses import asdict

    from rampflow.plan.machine import findings

    found = list(findings(project))
    can_run = all(finding.is_good or not finding.is_needed for finding in found)
    if arguments.json:
        show_json({"can_run": can_run, "findings": [asdict(finding) for finding in found]})
        return 0 if can_run else 1
    width = max(len(finding.name) for finding in found)
    for finding in found:
        mark = "ok" if finding.is_good else "NO" if finding.is_needed else "--"
        show(f"{mark}  {finding.name:<{width}}  {finding.said}")
        if finding.do and not finding.is_good:
            show(f"    {'':<{width}}  do: {finding.do}")
    show("an evaluation can run here" if can_run else "no evaluation can run here: see NO above")
    return 0 if can_run else 1
