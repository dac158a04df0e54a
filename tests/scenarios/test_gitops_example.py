"""examples/gitops: what is committed is what the spec renders to, for both engines; drift is named."""

import os
import shutil
import subprocess

import jsonschema
import pytest
import yaml
from conftest import EXAMPLES, ROOT


@pytest.fixture
def repository(tmp_path, kcfg_program):
    """A copy of the example, and a function that runs its script with this kcfg."""
    folder = tmp_path / "gitops"
    shutil.copytree(EXAMPLES / "gitops", folder)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "kcfg").symlink_to(kcfg_program)
    environ = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def script(*words):
        done = subprocess.run([folder / "render.sh", *words], capture_output=True, text=True, env=environ, timeout=60)
        return done.returncode, done.stdout

    return folder, script


def trees(folder):
    return {path.relative_to(folder): path.read_text() for path in folder.glob("*/*.yaml")}


def test_what_is_committed_is_what_the_spec_renders_to(repository):
    folder, script = repository
    committed = trees(folder)
    assert len(committed) == 5
    for name in ("argocd", "flux"):
        shutil.rmtree(folder / name)

    assert script() == (0, "")
    assert trees(folder) == committed


def test_ci_names_what_drifted(repository):
    folder, script = repository
    assert script("--check") == (0, "")
    text = (folder / "kcfg.yaml").read_text()
    (folder / "kcfg.yaml").write_text(text.replace("prod-us.example.com", "prod-us-2.example.com"))
    (folder / "flux/former.yaml").write_text("kind: Secret\n")

    assert script("--check") == (
        1,
        "differs: argocd/prod-us.yaml\ndiffers: flux/prod-us.yaml\nextra: flux/former.yaml\n",
    )


def test_the_ci_recipe_runs_the_script_that_is_there():
    recipe = yaml.safe_load((EXAMPLES / "gitops/ci.yaml").read_text())
    runs = [step["run"] for step in recipe["jobs"]["drift"]["steps"] if "run" in step]

    assert runs[-1] == "examples/gitops/render.sh --check"
    assert os.access(EXAMPLES / "gitops/render.sh", os.X_OK)


def test_the_committed_objects_are_what_their_sources_define(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tests/targets"))
    import published

    for path in sorted((EXAMPLES / "gitops").glob("*/*.yaml")):
        found = yaml.safe_load(path.read_text())
        jsonschema.validate(found, published.OBJECTS[found["kind"]])
