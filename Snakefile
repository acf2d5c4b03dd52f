# One event, evaluated. The DAG holds only what is missing: what exists under its key is finished
# and is not a job. `shell:` only; each rule calls one step of the package. A submission that fails
# is a result, so its step ends with 0; only a fault of the machine fails a job, and is retried.
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from rampflow.errors import RampflowError
from rampflow.paths import Project
from rampflow.plan.flow import Flow
from rampflow.plan.hold import is_dry
from rampflow.plan.job import Job


configfile: "config/config.yaml"


workdir: workflow.basedir


# A cluster is told how many jobs may wait or run at once, this machine how many cores there are.
ON_CLUSTER = workflow.resource_settings.nodes is not None

try:
    if workflow.is_main_process:
        FLOW = Flow(
            Path(workflow.basedir),
            str(config["event"]),
            workflow.resource_settings.cores,
            config.get("cluster_pack_s" if ON_CLUSTER else "pack_s"),
            is_cluster=ON_CLUSTER,
        )
        FLOW.look() if is_dry(sys.argv[1:]) else FLOW.hold()
    else:
        FLOW = Job(Project(Path(workflow.basedir)), str(config["event"]), is_cluster=True)
except RampflowError as error:
    raise WorkflowError(str(error)) from None

STEP = f'"{sys.executable}" -m rampflow step'


def planned(wildcards):
    """Wait until the folds are prepared: only then are the keys of the cells known."""
    if not FLOW.is_prepared:
        checkpoints.prepare.get(key=FLOW.plan.prepare_key)
    return FLOW


wildcard_constraints:
    key="[0-9a-f]{32}",
    score="[0-9a-f]{32}",
    pack="[0-9a-f]{32}",
    data="[0-9a-f]+",
    step="bag|compare|blend|history|reuse|leaderboard|page"
    "|entries|public|public_page|private|private_page",


localrules:
    all,
    data,
    stamp,


rule all:
    default_target: True
    input:
        FLOW.outputs,
        # Snakemake makes a missing file again only if a target wants it: so this one wants them,
        # but for the markers of packs, which would then be kept.
        lambda w: planned(w).stamps,
        lambda w: planned(w).missing_files,
    message:
        "{FLOW.event} is evaluated"


include: "rules/prepare.smk"
include: "rules/cells.smk"
include: "rules/aggregates.smk"
include: "rules/challenge.smk"
