"""Files outside the working folder, and those of the step itself that our own code reads later."""

from __future__ import annotations

import os

from tests.attacks.attack import Attack
from tests.attacks.seen import broke_the_job, changed, printed, told, was

OUTSIDE = "writing elsewhere"
OWN = "its own files as a trap for ours"

ATTACKS = (
    Attack(
        "a line in the shell's start-up file",
        OUTSIDE,
        changed("/.bashrc"),
        fit="""
        with open(T.home + "/.bashrc", "a") as stream:
            stream.write("echo changed")
        """,
    ),
    Attack(
        "a module in the user's site-packages",
        OUTSIDE,
        changed("/usercustomize.py"),
        fit="""
        site = Path(T.home, ".local/lib/python3/site-packages")
        site.mkdir(parents=True)
        (site / "usercustomize.py").write_text("print('changed')")
        """,
    ),
    Attack(
        "a .pth file where packages are installed",
        OUTSIDE,
        changed("/evil.pth"),
        fit="Path(T.package, 'evil.pth').write_text('import os')",
    ),
    Attack(
        "a module before the real one where packages are installed",
        OUTSIDE,
        changed("/numpy.py"),
        fit="Path(T.package, 'numpy.py').write_text('')",
    ),
    Attack(
        "the code that scores",
        OUTSIDE,
        changed("/score.py"),
        fit="""
        with open(T.package + "/rampflow/cell/score.py", "a") as stream:
            stream.write("# changed")
        """,
    ),
    Attack(
        "the problem's code",
        OUTSIDE,
        changed("/problem.py"),
        fit="""
        with open(T.root + "/problems/toy/problem.py", "a") as stream:
            stream.write("# changed")
        """,
    ),
    Attack(
        "a file in the folder for everybody's temporary files",
        OUTSIDE,
        lambda seen: any(os.path.dirname(name) == "/tmp" for name in seen.left),
        fit="Path('/tmp', f'rampflow-{T.mark}').write_text('changed')",
    ),
    Attack(
        "the problem's code that the next step runs",
        OWN,
        printed,
        only=("supervised",),
        fit="""
        with (WORK / "problem/problem.py").open("a") as stream:
            stream.write(f"\\nprint({T.token!r})\\n")
        """,
    ),
    Attack(
        "its own code that the next step runs",
        OWN,
        printed,
        fit="""
        with (HERE / "regressor.py").open("a") as stream:
            stream.write(f"\\nprint({T.token!r})\\n")
        """,
        predict="exec((HERE / 'regressor.py').read_text().rpartition('\\n\\n')[2])",
    ),
    Attack(
        "a symlink in place of the trained model that is kept",
        OWN,
        told,
        only=("supervised",),
        keeps_model=True,
        predict="""
        if (WORK / "model").exists():
            os.unlink(WORK / "model/model.pkl")
            os.symlink(T.rival + "/regressor.py", WORK / "model/model.pkl")
        """,
    ),
    Attack(
        "a named pipe in place of the trained model that is kept",
        OWN,
        broke_the_job,
        only=("supervised",),
        keeps_model=True,
        predict="""
        if (WORK / "model").exists():
            os.unlink(WORK / "model/model.pkl")
            os.mkfifo(WORK / "model/model.pkl")
        """,
    ),
    Attack(
        "a folder in place of the trained model",
        OWN,
        broke_the_job,
        only=("supervised",),
        fit="""
        os.makedirs(WORK / "model/model.pkl")
        """,
    ),
    Attack(
        "a symlink in place of the next log",
        OWN,
        changed("/rivals/"),
        only=("supervised",),
        fit="os.symlink(T.rival + '/regressor.py', WORK / 'predict.log')",
        predict="print('over')",
    ),
    Attack(
        "a symlink in place of the cell to come",
        OWN,
        lambda seen: broke_the_job(seen) or changed("/home/")(seen),
        only=("supervised",),
        predict="""
        os.symlink(T.home, WORK / "cell")
        (WORK / "cell/.bashrc").write_text("")
        """,
    ),
    Attack(
        "folders that cannot be removed",
        OWN,
        broke_the_job,
        only=("user", "supervised"),
        predict="""
        os.makedirs(WORK / "closed/inside")
        os.chmod(WORK / "closed", 0)
        """,
    ),
    Attack(
        "folders within folders, too deep to be removed",
        OWN,
        broke_the_job,
        only=("supervised",),
        predict="""
        back = os.open(".", os.O_RDONLY)
        os.chdir(WORK)
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        os.fchdir(back)
        """,
    ),
    Attack(
        "a file that runs as its owner",
        OWN,
        was("setuid"),
        fit="""
        shutil.copy("/bin/true", "as_owner")
        os.chmod("as_owner", 0o4755)
        linger(0.125)
        """,
    ),
)
