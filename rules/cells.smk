# One cell: a submission on a fold. Each step is a job of its own; a finished one is not a job. Short
# cells of one submission may share a job, a pack, which takes the same steps (plan/packs.py). When
# all have begun, idle cores help: a relief takes the cells of a pack from the other end.
# `update` keeps Snakemake from removing an output that exists when its job begins: another
# evaluation, or what a killed one has left running, may have published it meanwhile.


rule train:
    output:
        update("results/work/{key}/trained.json"),
    params:
        who=lambda w: FLOW.who(w.key),
    message:
        "train {params.who}"
    priority: 1
    threads: lambda w: FLOW.resource(w.key, "threads")
    resources:
        mem_mb=lambda w: FLOW.resource(w.key, "mem_mb"),
        runtime=lambda w: FLOW.resource(w.key, "runtime"),
        gres=lambda w: FLOW.resource(w.key, "gres"),
        gpus_here=lambda w: FLOW.resource(w.key, "gpus_here"),
        **FLOW.places,
    retries: 2
    shell:
        "{STEP} train --event {FLOW.event:q} --key {wildcards.key:q}"


rule predict:
    input:
        "results/work/{key}/trained.json",
    output:
        update("results/cells/{key}/cell.json"),
    params:
        who=lambda w: FLOW.who(w.key),
    message:
        "predict {params.who}"
    priority: 1
    threads: lambda w: FLOW.resource(w.key, "threads")
    resources:
        mem_mb=lambda w: FLOW.resource(w.key, "mem_mb"),
        runtime=lambda w: FLOW.resource(w.key, "runtime"),
        gres=lambda w: FLOW.resource(w.key, "gres"),
        gpus_here=lambda w: FLOW.resource(w.key, "gpus_here"),
        **FLOW.places,
    retries: 2
    shell:
        "{STEP} predict --event {FLOW.event:q} --key {wildcards.key:q}"


rule score:
    input:
        lambda w: FLOW.unless_there(f"results/cells/{w.key}/cell.json"),
    output:
        update("results/cells/{key}/scores/{score}.json"),
    params:
        who=lambda w: FLOW.who(w.key),
    message:
        "score {params.who}"
    priority: 1
    retries: 2
    shell:
        "{STEP} score --event {FLOW.event:q} --key {wildcards.key:q}"


rule pack:
    output:
        temp("results/{event}/.state/pack.{pack}"),
    params:
        who=lambda w: FLOW.who_packed(w.pack),
    message:
        "train, predict and score {params.who}"
    priority: 1
    threads: lambda w: FLOW.resource_packed(w.pack, "threads")
    resources:
        mem_mb=lambda w: FLOW.resource_packed(w.pack, "mem_mb"),
        runtime=lambda w, attempt: FLOW.resource_packed(w.pack, "runtime", attempt),
        gres=lambda w: FLOW.resource_packed(w.pack, "gres"),
        gpus_here=lambda w: FLOW.resource_packed(w.pack, "gpus_here"),
        **FLOW.places,
    retries: 2
    shell:
        "{STEP} pack --event {wildcards.event:q} --key {wildcards.pack:q} && touch {output:q}"


rule relief:
    output:
        temp("results/{event}/.state/relief.{pack}"),
    params:
        who=lambda w: FLOW.who_packed(w.pack),
    message:
        "help to train, predict and score {params.who}"
    threads: lambda w: FLOW.resource_packed(w.pack, "threads")
    resources:
        mem_mb=lambda w: FLOW.resource_packed(w.pack, "mem_mb"),
        gpus_here=lambda w: FLOW.resource_packed(w.pack, "gpus_here"),
    retries: 2
    shell:
        "{STEP} relief --event {wildcards.event:q} --key {wildcards.pack:q} && touch {output:q}"
