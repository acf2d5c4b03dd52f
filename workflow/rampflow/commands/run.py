"""``rampflow run``: evaluate an event, then print its board."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rampflow.commands.common import add_event, event_of
from rampflow.errors import ConfigError, DataError, RampflowError, ResultError
from rampflow.paths import Project

if TYPE_CHECKING:
    from rampflow.plan.stuck import Watch

HELP = "evaluate an event and print its board"
EXAMPLE = "rampflow run el_nino_2015 --cores 2"
PASSES_ON = "snakemake"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_event(parser)
    parser.add_argument("--cores", default="all", help="processor cores to use (default: all)")
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help="where jobs run: a folder of profiles/, such as slurm, or another folder",
    )
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="with a profile: most jobs that wait or run at once"
    )
    parser.add_argument(
        "--data",
        metavar="FILE_OR_URL",
        help="import this as the data of the event first (as rampflow data import does)",
    )
    parser.add_argument(
        "--retry-failed", action="store_true", help="try failed cells of this event again"
    )
    parser.add_argument(
        "--pack-s",
        type=float,
        metavar="SECONDS",
        help="let short cells of a submission share jobs of about so long (0: none do)",
    )
    parser.add_argument(
        "--verbose", action="store_true", help="show all that Snakemake says, not only the jobs"
    )
    parser.add_argument(
        "snakemake",
        nargs="*",
        metavar="-- ARGUMENT",
        help="further arguments for snakemake, after --",
    )


def run(project: Project, arguments: argparse.Namespace) -> int:
    """Evaluate; exit with 0 only if the board is complete."""
    from rampflow.config.event import load_event
    from rampflow.data.dvc import data_set, ensure
    from rampflow.data.importing import bring_data, import_data
    from rampflow.plan.hold import hold_event, is_dry
    from rampflow.plan.plan import make_plan

    event = event_of(project, arguments)
    if arguments.profile:
        _check_paths(project)
    if is_dry(arguments.snakemake):
        return _dry_run(project, event, arguments)
    configured = load_event(project, event).event
    problem = configured.problem
    with hold_event(project, event) as environment:
        if arguments.data:
            import_data(project, problem, arguments.data)
        elif configured.data_source:
            bring_data(project, data_set(project, problem), configured.data_source)
        ensure(project, problem)
        plan = make_plan(project, event)
        if arguments.retry_failed and plan.is_prepared:
            from rampflow.plan.retry import retire_failed

            retire_failed(plan)
        if not (plan.is_finished and not arguments.snakemake):
            code = _snakemake(project, event, arguments, environment)
            if code:
                print(
                    "rampflow: the evaluation did not finish; what is finished is kept. See the "
                    "messages above, then run the same command again.",
                    file=sys.stderr,
                )
                return code
            if not arguments.snakemake and not make_plan(project, event).is_finished:
                raise ResultError(
                    "the evaluation ended, but not everything is up to date",
                    where=project.relative(project.event(event).folder),
                    do=f"see what: rampflow status {event}; if a file was changed during the "
                    "run, run again",
                )
        else:
            print(f"{event}: nothing to do", file=sys.stderr)
    if configured.kind == "challenge":
        _print_challenge(project, event, "private" if configured.phase == "closed" else "public")
    else:
        _print_board(project, event)
    return 0


def _dry_run(project: Project, event: str, arguments: argparse.Namespace) -> int:
    """Let Snakemake say what it would do. Nothing is imported, made or held."""
    if arguments.data:
        raise DataError(
            "a dry run imports nothing, so it cannot say what would follow from another file",
            where="--data, with --dry-run",
            do=f"see what is understood of it: rampflow data check {event} {arguments.data}",
        )
    return _snakemake(project, event, arguments, {})


def _snakemake(
    project: Project, event: str, arguments: argparse.Namespace, environment: dict[str, str]
) -> int:
    from rampflow.plan.slurm import plugin_arguments
    from rampflow.plan.stuck import Watch
    from rampflow.sandbox.devices import gpus_here

    watch = None
    is_elsewhere = any(a.startswith("--executor") for a in arguments.snakemake)
    command = [sys.executable, "-m", "snakemake"]
    if not arguments.verbose:
        command += ["--quiet", "host", "reason"]
    if arguments.profile:
        is_elsewhere = True
        command += ["--profile", str(_profile(project, arguments.profile))]
        command += ["--jobs", str(arguments.jobs)] if arguments.jobs else []
        if _uses_slurm(project, arguments.profile):
            command += plugin_arguments()
            watch = Watch(project.root)
    elif not is_elsewhere:
        command += ["--cores", str(arguments.cores), "--resources", f"mem_mb={_memory_mb()}"]
        command.append(f"gpus_here={len(gpus_here())}")
        # Snakemake asks an installed SLURM when it starts; one that is silent would be waited for
        environment = {**environment, "SLURM_CONF": os.devnull}
    command += ["--config", f"event={event}"]
    if arguments.pack_s is not None:
        key = "cluster_pack_s" if is_elsewhere else "pack_s"
        command.append(f"{key}={arguments.pack_s:g}")
    command += arguments.snakemake
    # Snakemake inherits the lock, hence close_fds: it may outlive this process
    process = subprocess.Popen(
        command, cwd=project.root, env={**os.environ, **environment}, close_fds=False
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    return _wait(process, watch)


def _wait(process: subprocess.Popen[bytes], watch: Watch | None) -> int:
    """Wait for Snakemake, and say what it waits for in vain."""
    from rampflow.plan.stuck import LOOK_SECONDS

    while True:
        try:
            return process.wait(LOOK_SECONDS if watch else None)
        except subprocess.TimeoutExpired:
            for sentence in watch.look() if watch else []:
                print(f"rampflow: {sentence}", file=sys.stderr, flush=True)
        except KeyboardInterrupt:  # Snakemake was interrupted too, and ends its jobs
            continue


def _uses_slurm(project: Project, profile: str) -> bool:
    """Return whether a profile lets jobs run on SLURM."""
    texts = (path.read_text(errors="replace") for path in _profile(project, profile).glob("*.yaml"))
    return any("executor: slurm" in text.splitlines() for text in texts)


def _profile(project: Project, name: str) -> Path:
    """Return the folder of a profile."""
    for folder in (project.profile(name), Path(name).resolve()):
        if folder.is_dir():
            return folder
    known = sorted(path.name for path in project.profile(name).parent.glob("*"))
    raise ConfigError(
        f"there is no profile {name!r}", where="--profile", do=f"profiles: {', '.join(known)}"
    )


def _check_paths(project: Project) -> None:
    """Refuse paths with spaces: Snakemake puts them into the scripts of jobs as they are."""
    for path in (str(project.root), sys.executable):
        if len(path.split()) > 1:
            raise ConfigError(
                "Snakemake starts no jobs on other machines from a path with a space",
                where=path,
                do="clone the project to a path without one; a run without a profile works here",
            )


def _memory_mb() -> int:
    """Return the memory that jobs may be given together, in MB.

    Jobs ask for the limit of their submission, so that together they do not exceed the machine.
    """
    import psutil

    return int(psutil.virtual_memory().total / 1e6)


def _print_board(project: Project, event: str) -> None:
    from rampflow.commands.site import write_site
    from rampflow.files import read_json
    from rampflow.report.terminal import print_summary

    results = project.event(event)
    try:
        board = read_json(results.leaderboard_json)
    except RampflowError as error:
        raise ResultError(f"there is no board: {error.what}", where=str(results.folder)) from None
    write_site(project)
    print_summary(board, {"tables": results.folder, "page": results.page})


def _print_challenge(project: Project, event: str, part: str) -> None:
    from rampflow.commands.site import write_site
    from rampflow.files import read_json
    from rampflow.report.challenge_terminal import print_challenge

    write_site(project)
    results = project.challenge(event)
    board = read_json(results.part(part).leaderboard_json)
    paths = {"code": project.event(event).page, "public": results.part("public").page}
    if part == "private":
        paths["private"] = results.part("private").page
    print_challenge(board, paths)
