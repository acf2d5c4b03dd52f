"""Hostile answers of a runner: what its supervisor is sent in place of predictions."""

from __future__ import annotations

from tests.attacks.attack import Attack, Tier
from tests.attacks.seen import never

KIND = "hostile answers"
_GOOD = '{"seconds": 0.0, "n_rows": len(X), "arrays": [{"dtype": "<f8", "shape": [len(X)]}]}'
_ZEROS = "bytes(8 * len(X))"


def answer(name: str, header: str, content: str = _ZEROS, *statuses: str, raw: str = "") -> Attack:
    """Return a submission that answers in its runner's place, and is gone.

    Parameters
    ----------
    name : str
        In words.
    header, content : str
        Expressions: a value for JSON or bytes, and the bytes that follow.
    *statuses : str
        How the cell must end.
    raw : str
        An expression for all bytes, in place of both.
    """
    send = f"os.write(fd, {raw})" if raw else f"forge(fd, {header}, {content})"
    predict = f"""
    for fd in sockets_of_ours()[:1]:
        {send}
    os._exit(0)
    """
    return Attack(
        name, KIND, never, predict=predict, stopped_by=Tier.BARE,
        statuses=statuses or ("bad_predictions",), limits={"time_s": 120.0},
    )  # fmt: skip


def array(dtype: str, shape: str, content: str = _ZEROS) -> tuple[str, str]:
    """Return header and content of an answer with one array."""
    arrays = f'"arrays": [{{"dtype": {dtype}, "shape": {shape}}}]'
    return f'{{"seconds": 0.0, "n_rows": len(X), {arrays}}}', content


ANSWERS = (
    answer("noise", "", raw="b'noise ' * 40"),
    answer("half a length", "", _ZEROS, "no_predictions", "error", raw="b'\\x01\\x02\\x03'"),
    answer("a header longer than allowed", "", raw="struct.pack('<Q', 1 << 21) + bytes(100)"),
    answer("a header as long as can be", "", raw="struct.pack('<Q', (1 << 64) - 1)"),
    answer("no JSON", "b'{'"),
    answer("bytes that are no text", "b'\\xff\\xfe\\x00'"),
    answer("a list", "[1, 2]"),
    answer("a number", "3"),
    answer("brackets without end", "b'[' * 500_000"),
    answer("a number of many digits", "b'{\"arrays\": [], \"seconds\": ' + b'9' * 5000 + b'}'"),
    answer("no arrays", '{"seconds": 0.0, "n_rows": len(X)}'),
    answer("an empty list of arrays", '{"seconds": 0.0, "n_rows": len(X), "arrays": []}', "b''"),
    answer("two arrays", '{"seconds": 0.0, "n_rows": len(X), "arrays": '
           '[{"dtype": "<f8", "shape": [len(X)]}] * 2}', "bytes(16 * len(X))"),
    answer("Python objects", *array("'|O'", "[len(X)]")),
    answer("bytes of no type", *array("'|V8'", "[len(X)]")),
    answer("a structure", *array("[['a', '<f8']]", "[len(X)]")),
    answer("text", *array("'<U2'", "[len(X)]")),
    answer("moments", *array("'<M8[s]'", "[len(X)]")),
    answer("complex numbers", *array("'<c16'", "[len(X)]", "bytes(16 * len(X))")),
    answer("a type that there is not", *array("'nonsense'", "[len(X)]")),
    answer("a negative shape", *array("'<f8'", "[-1]")),
    answer("two negative axes", *array("'<f8'", "[-len(X), -1]")),
    answer("a terabyte", *array("'<f8'", "[1 << 37]")),
    answer("more than 64 bits", *array("'<f8'", "[1 << 40, 1 << 40]")),
    answer("nothing, of a huge shape", *array("'<f8'", "[0, 1 << 62]", "b''")),
    answer("nine axes", *array("'<f8'", "[len(X)] + [1] * 8")),
    answer("another number of rows", *array("'<f8'", "[3]", "bytes(24)"), "bad_predictions"),
    answer("too many columns", *array("'<f8'", "[len(X), 4]", "bytes(32 * len(X))")),
    answer("not a number", *array("'<f8'", "[len(X)]", "struct.pack('<d', np.nan) * len(X)")),
    answer("infinite", *array("'<f8'", "[len(X)]", "struct.pack('<d', np.inf) * len(X)")),
    answer("less than it announces", _GOOD, "bytes(9)", "no_predictions", "error"),
    answer("negative seconds", _GOOD.replace("0.0", "-1")),
    answer("seconds that are text", _GOOD.replace("0.0", "'1'")),
    answer("seconds that are true", _GOOD.replace("0.0", "True")),
    answer("seconds that are not a number", _GOOD.replace("0.0", "float('nan')")),
    answer("seconds without end", _GOOD.replace("0.0", "1e300")),
    answer("a count that is text", _GOOD.replace("len(X),", "'many',", 1)),
    answer("an error that is a number", '{"error": 3, "arrays": []}', "b''"),
    answer("an error of a megabyte", '{"error": {"reason": "x" * 900_000}, "arrays": []}', "b''",
           "error"),
    answer("an error of half characters", '{"error": {"reason": "\\udce9\\x1b[2J"}, "arrays": []}',
           "b''", "error"),
)  # fmt: skip
MODEL = Attack(
    "a model of a gigabyte that is only announced",
    KIND,
    never,
    fit="""
    for fd in sockets_of_ours()[:1]:
        arrays = [{"dtype": "|u1", "shape": [990_000_000]}]
        forge(fd, {"seconds": 0.0, "arrays": arrays})
    time.sleep(0.5)
    os._exit(0)
    """,
    stopped_by=Tier.BARE,
    statuses=("error",),
    limits={"time_s": 120.0},
)
