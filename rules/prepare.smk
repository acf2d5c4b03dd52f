# The data set, made or fetched by DVC and verified; then the folds, fixed once. A missing data set is
# brought before the jobs are planned, so `data` is a job where only its verification is missing, and
# what a dry run shows. Neither is tried again when it fails: it is what people wrote that is wrong.


rule data:
    output:
        FLOW.data_marker,
    message:
        "data set of {FLOW.plan.problem}"
    shell:
        "{STEP} data --event {FLOW.event:q}"


checkpoint prepare:
    input:
        lambda w: FLOW.unless_there(FLOW.prepared) and FLOW.unless_there(FLOW.data_marker),
    output:
        "results/prepared/{key}/prepared.json",
    message:
        "prepare the folds of {FLOW.plan.problem}"
    shell:
        "{STEP} prepare --event {FLOW.event:q}"
