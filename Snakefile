# One event, evaluated. The DAG holds only what is missing: what exists under its key is finished
# and is not a job. `shell:` only; each rule calls one step of the package. A submission that fails
# is a result, so its step ends with 0; only a fault of the machine fails a job, and is retried.
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from rampflow.errors import RampflowError
from rampflow.plan.flow import Flow
from rampflow.plan.hold import is_dry


configfile: "config/config.yaml"


workdir: workflow.basedir


try:
    FLOW = Flow(
        Path(workflow.basedir),
        str(config["event"]),
        workflow.resource_settings.cores,
        config.get("pack_s"),
    )
    if workflow.is_main_process and not is_dry(sys.argv[1:]):
        FLOW.hold()
    else:
        FLOW.look()
except RampflowError as error:
    raise WorkflowError(str(error)) from None

STEP = f'"{sys.executable}" -m rampflow step'


def planned(wildcards):
    """Wait until the folds are prepared: only then are the keys of the cells known."""
    if not FLOW.plan.is_prepared:
        checkpoints.prepare.get(key=FLOW.plan.prepare_key)
    return FLOW


wildcard_constraints:
    key="[0-9a-f]{32}",
    score="[0-9a-f]{32}",
    pack="[0-9a-f]{32}",
    step="bag|compare|blend|history|reuse|leaderboard|page",


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
