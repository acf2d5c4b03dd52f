"""Cheats that need no rights: they look around, or change things, in the process that scores."""

from __future__ import annotations

from tests.attacks.attack import Attack, Tier
from tests.attacks.seen import perfect, told

KIND = "cheats within the process"

ATTACKS = (
    Attack(
        "labels in the frames of the callers",
        KIND,
        told,
        stopped_by=Tier.NONE,
        predict="""
        frame = sys._getframe()
        while frame := frame.f_back:
            if "labels" in frame.f_locals:
                found = frame.f_locals["labels"]["test"]
        """,
    ),
    Attack(
        "labels among the objects of the garbage collector",
        KIND,
        told,
        stopped_by=Tier.NONE,
        predict="""
        import gc
        for held in gc.get_objects():
            for value in list(held.values()) if type(held) is dict else []:
                if type(value) is dict and isinstance(value.get("labels"), dict):
                    found = value["labels"].get("test", found)
        """,
    ),
    Attack(
        "labels in the array of which its own are a part",
        KIND,
        told,
        stopped_by=Tier.NONE,
        fit="""
        base = y
        while isinstance(base.base, np.ndarray):
            base = base.base
        found = base[len(y):] if len(base) > len(y) else 0.0
        """,
    ),
    Attack(
        "labels in the globals of the main module",
        KIND,
        told,
        stopped_by=Tier.NONE,
        predict="""
        for value in vars(sys.modules["__main__"]).values():
            if isinstance(value, dict) and "labels" in value:
                found = value["labels"]["test"]
        """,
    ),
    Attack(
        "a metric that is always perfect",
        KIND,
        perfect,
        stopped_by=Tier.NONE,
        fit="""
        for module in list(sys.modules.values()):
            for name, value in list(vars(module).items()):
                if name == "score" and callable(value):
                    module.score = lambda *_: 0.0
                elif name in ("RMSE", "MAE"):
                    value.score = lambda *_: 0.0
        """,
    ),
)
