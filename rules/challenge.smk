# A challenge: its entries read and its test set split, then a board and a page for each part. Nobody
# asks for them in another event, nor for those of the private part while it is open.


rule entries:
    input:
        lambda w: planned(w).stamp("entries"),
        FLOW.before("entries"),
    output:
        FLOW.made_by("entries"),
    message:
        "read the entries and split the test set"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} entries --event {FLOW.event:q}"


rule public:
    input:
        lambda w: planned(w).stamp("public"),
        FLOW.before("public"),
    output:
        FLOW.made_by("public"),
    message:
        "public board"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} public --event {FLOW.event:q}"


rule public_page:
    input:
        lambda w: planned(w).stamp("public_page"),
        FLOW.before("public_page"),
    output:
        FLOW.made_by("public_page"),
    message:
        "page of the public board"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} public_page --event {FLOW.event:q}"


rule private:
    input:
        lambda w: planned(w).stamp("private"),
        FLOW.before("private"),
    output:
        FLOW.made_by("private"),
    message:
        "private board"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} private --event {FLOW.event:q}"


rule private_page:
    input:
        lambda w: planned(w).stamp("private_page"),
        FLOW.before("private_page"),
    output:
        FLOW.made_by("private_page"),
    message:
        "page of the private board"
    group:
        "board"
    resources:
        **FLOW.board_resources,
    shell:
        "{STEP} private_page --event {FLOW.event:q}"
