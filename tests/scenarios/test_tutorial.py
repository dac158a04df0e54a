"""The Kubernetes documentation's exercise: our declared form equals its imperative commands, entry by entry."""

import json
import shutil
import subprocess

import pytest
import yaml
from conftest import make_tutorial_files
from kubeconfigs import without_empty_preferences

CONTEXTS = ["dev-frontend", "dev-storage", "exp-test", "dev-ramp-up"]
PASSWORD = {"KCFG_TUTORIAL_EXPERIMENTER_PASSWORD": "some-password"}


@pytest.fixture
def rendered(tutorial, kcfg):
    out = tutorial / "rendered"
    assert kcfg("trust", "-f", tutorial, "--yes").returncode == 0
    done = kcfg("render", "-f", tutorial, "--credentials", "inline", "--out", out, env=PASSWORD)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def imperative(kubectl_path, tmp_path_factory):
    """What the documentation's own commands make, beside the files that they name, once for all of these tests."""
    folder = tmp_path_factory.mktemp("imperative")
    make_tutorial_files(folder)
    file = folder / "imperative"
    for line in (
        "set-cluster development --server=https://1.2.3.4 --certificate-authority=fake-ca-file",
        "set-cluster test --server=https://5.6.7.8 --insecure-skip-tls-verify",
        "set-credentials developer --client-certificate=fake-cert-file --client-key=fake-key-file",
        "set-credentials experimenter --username=exp --password=some-password",
        "set-context dev-frontend --cluster=development --namespace=frontend --user=developer",
        "set-context dev-storage --cluster=development --namespace=storage --user=developer",
        "set-context exp-test --cluster=test --namespace=default --user=experimenter",
        "set-context dev-ramp-up --cluster=development --namespace=ramp --user=developer",
    ):
        words = [kubectl_path, "config", f"--kubeconfig={file}", *line.split()]
        done = subprocess.run(words, capture_output=True, text=True, cwd=folder, timeout=120)
        assert done.returncode == 0, done.stderr
    return file


@pytest.fixture
def theirs(imperative, tutorial):
    """A copy of it, where the spec is."""
    return shutil.copy(imperative, tutorial / "imperative")


def view(kubectl, file, *more):
    done = kubectl("config", "view", "--kubeconfig", file, "-o", "json", "--raw", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.kubectl
def test_whole_file_equals_the_documentations_commands(rendered, theirs, kubectl):
    assert view(kubectl, rendered) == view(kubectl, theirs)


@pytest.mark.kubectl
@pytest.mark.parametrize("context", CONTEXTS)
def test_each_context_minified_equals(rendered, theirs, kubectl, context):
    more = ("--minify", "--context", context)

    assert view(kubectl, rendered, *more) == view(kubectl, theirs, *more)


@pytest.mark.kubectl
@pytest.mark.parametrize("context", CONTEXTS)
def test_our_minify_and_flatten_equal_kubectls(tutorial, rendered, kubectl, kcfg, context):
    ours = kcfg(
        "render",
        "-f",
        tutorial,
        "--credentials",
        "inline",
        "--context",
        context,
        "--minify",
        "--flatten",
        env=PASSWORD,
    )
    theirs = kubectl("config", "view", "--kubeconfig", rendered, "--raw", "--minify", "--flatten", "--context", context)

    assert ours.stdout == without_empty_preferences(theirs.stdout)


@pytest.mark.kubectl
def test_rendered_bytes_are_kubectls_own(rendered, kubectl):
    theirs = kubectl("config", "view", "--raw", "--kubeconfig", rendered).stdout
    assert without_empty_preferences(theirs) == rendered.read_text()
    assert rendered.stat().st_mode & 0o777 == 0o600


def test_exec_mode_names_the_alternatives_for_basic_auth(tutorial, kcfg):
    done = kcfg("render", "-f", tutorial)

    assert done.returncode == 1
    assert [each["name"] for each in yaml.safe_load(done.stdout)["users"]] == ["developer"]
    assert "kcfg.yaml:28:13: error: users[1].password" in done.stderr
    assert "--credentials inline" in done.stderr
    assert "kcfg exec" in done.stderr


def test_missing_secret_is_named(tutorial, kcfg):
    kcfg("trust", "-f", tutorial, "--yes")
    done = kcfg("render", "-f", tutorial, "--credentials", "inline")

    assert done.returncode == 2
    assert "KCFG_TUTORIAL_EXPERIMENTER_PASSWORD" in done.stderr
    assert done.stdout == ""
