"""The library: the README's program runs, every public name is documented, importing costs nothing."""

import inspect
import subprocess
import sys

import pytest
from conftest import ROOT
from readme import blocks

import kcfg


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_the_readmes_program_runs():
    (code,) = blocks("python")

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


ORDERS = """
import sys, kcfg
public = dir(kcfg)
for first in public:
    for rest in (public, public[::-1]):
        for name in [name for name in sys.modules if name.partition(".")[0] == "kcfg"]:
            del sys.modules[name]
        found = {}
        for name in [first, *rest]:
            exec(f"from kcfg import {first}, {name}", found)
        for name in public:
            fresh = sys.modules["kcfg"]
            home = sys.modules[fresh._PUBLIC[name]]
            assert found[name] is getattr(home, name) is getattr(fresh, name), (first, name)
"""


def test_public_names_are_themselves_in_any_order():
    assert python("from kcfg import RenderOptions, render; assert callable(render)").returncode == 0
    done = python(ORDERS)

    assert done.returncode == 0, done.stderr


def test_no_module_has_the_name_of_something_public():
    """Importing it would put the module in the place of what is public."""
    modules = {path.stem for path in (ROOT / "kcfg").iterdir() if path.suffix == ".py" or path.is_dir()}

    assert modules.isdisjoint(set(dir(kcfg)) - {"__version__"})


def test_importing_loads_nothing():
    done = python("import sys, kcfg; print([m for m in sys.modules if m.startswith('kcfg.')])")

    assert done.stdout == "[]\n"
