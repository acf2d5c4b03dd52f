# From cells to the page. Each step is built from the one before and from its stamp, a file named
# by the step's key: a new key makes a new stamp, and what is older than its stamp is stale.


rule stamp:
    output:
        "results/{event}/.state/{step}.{key}",
    message:
        "{wildcards.step} is out of date"
    shell:
        "rm -f results/{wildcards.event:q}/.state/{wildcards.step:q}.* && touch {output:q}"


rule bag:
    input:
        lambda w: planned(w).stamp("bag"),
        lambda w: planned(w).missing,
    output:
        FLOW.made_by("bag"),
    message:
        "bag the folds of every submission"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} bag --event {FLOW.event:q}"


rule compare:
    input:
        lambda w: planned(w).stamp("compare"),
        FLOW.before("compare"),
    output:
        FLOW.made_by("compare"),
    message:
        "compare the submissions"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} compare --event {FLOW.event:q}"


rule blend:
    input:
        lambda w: planned(w).stamp("blend"),
        FLOW.before("blend"),
    output:
        FLOW.made_by("blend"),
    message:
        "blend the submissions"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} blend --event {FLOW.event:q}"


rule history:
    input:
        lambda w: planned(w).stamp("history"),
        FLOW.before("history"),
    output:
        FLOW.made_by("history"),
    message:
        "blend as at every moment of the event"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} history --event {FLOW.event:q}"


rule reuse:
    input:
        lambda w: planned(w).stamp("reuse"),
        FLOW.before("reuse"),
    output:
        FLOW.made_by("reuse"),
    message:
        "who built on whose code"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} reuse --event {FLOW.event:q}"


rule leaderboard:
    input:
        lambda w: planned(w).stamp("leaderboard"),
        FLOW.before("leaderboard"),
    output:
        FLOW.made_by("leaderboard"),
    message:
        "leaderboard"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} leaderboard --event {FLOW.event:q}"


rule page:
    input:
        lambda w: planned(w).stamp("page"),
        FLOW.before("page"),
    output:
        FLOW.made_by("page"),
    message:
        "page"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} page --event {FLOW.event:q}"
