"""The library: the README's program runs, every public name is documented, importing costs nothing."""

import inspect
import re
import subprocess
import sys

import pytest
from conftest import ROOT

import kcfg


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_the_readmes_program_runs():
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]

    done = python(code)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("apiVersion: v1\nclusters:\n- cluster:\n")
    assert "current-context: prod-eu-a\n" in done.stdout


@pytest.mark.parametrize("name", [name for name in dir(kcfg) if name != "__version__"])
def test_public_names_are_documented(name):
    found = getattr(kcfg, name)

    assert inspect.getdoc(found)
    assert getattr(kcfg, name) is found
    for member, each in vars(found).items() if inspect.isclass(found) else ():
        if not member.startswith("_") and (inspect.isfunction(each) or isinstance(each, property)):
            assert inspect.getdoc(each), f"{name}.{member}"


def test_render_is_the_function_every_time():
    assert (
        python("from kcfg import render; import kcfg; assert kcfg.render is render and callable(render)").returncode
        == 0
    )


def test_importing_loads_nothing():
    done = python("import sys, kcfg; print([m for m in sys.modules if m.startswith('kcfg.')])")

    assert done.stdout == "[]\n"
