"""Many plugins at the same moment: forks of one process that has imported kcfg.

Started one by one they come over seconds on two cores, and cost five times as much.
"""

import subprocess
import sys

from conftest import ROOT

PROGRAM = """
import os, sys
folder, number, sys.argv[1:] = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
{before}
from kcfg.credential import main
wait, go = os.pipe()
children = []
for at in range(number):
    child = os.fork()
    if not child:
        try:
            for stream, name in ((1, "out"), (2, "err")):
                os.dup2(os.open(f"{{folder}}/{{at}}.{{name}}", os.O_CREAT | os.O_WRONLY, 0o600), stream)
            os.close(go)
            os.read(wait, 1)
            main()
        finally:
            os._exit(99)
    children.append(child)
os.close(go)
print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def crowd(number, words, *, env, folder, cwd, before=""):
    """Return (exit code, stdout, stderr) of each of so many kcfg-credential; `before` is what all have run."""
    folder.mkdir()
    command = [sys.executable, "-c", PROGRAM.format(before=before), folder, str(number), *words]
    given = {**env, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=given, cwd=cwd, timeout=120)
    assert done.returncode == 0, done.stderr
    texts = [[(folder / f"{at}.{name}").read_text() for name in ("out", "err")] for at in range(number)]
    return [(int(code), *text) for code, text in zip(done.stdout.split(), texts, strict=True)]
