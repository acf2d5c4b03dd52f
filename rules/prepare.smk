# The data set, made or fetched by DVC and verified; then the folds, fixed once. A missing data set is
# brought before the jobs are planned, so `data` is a job where only its verification is missing, and
# what a dry run shows. Neither is tried again when it fails: it is what people wrote that is wrong.


rule data:
    output:
        "results/data/{problem}/{data}.json",
    message:
        "data set of {wildcards.problem}"
    shell:
        "{STEP} data --event {FLOW.event:q}"


checkpoint prepare:
    input:
        lambda w: FLOW.before_prepare,
    output:
        "results/prepared/{key}/prepared.json",
    message:
        "prepare the folds of {FLOW.problem}"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} prepare --event {FLOW.event:q}"
