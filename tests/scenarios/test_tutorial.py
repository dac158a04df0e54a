"""The Kubernetes documentation's exercise: our declared form equals its imperative commands, entry by entry."""

import json

import here
import pytest
import yaml
from kubeconfigs import without_empty_preferences

kcfg = here.kcfg

CONTEXTS = ["dev-frontend", "dev-storage", "exp-test", "dev-ramp-up"]
PASSWORD = {"KCFG_TUTORIAL_EXPERIMENTER_PASSWORD": "some-password"}


@pytest.fixture
def rendered(tutorial, kcfg):
    out = tutorial / "rendered"
    assert kcfg("trust", "-f", tutorial, "--yes").returncode == 0
    done = kcfg("render", "-f", tutorial, "--credentials", "inline", "--out", out, env=PASSWORD)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def imperative(tutorial, kubectl):
    """What the documentation's own commands make."""
    file = tutorial / "imperative"
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
        done = kubectl("config", f"--kubeconfig={file}", *line.split(), cwd=tutorial)
        assert done.returncode == 0, done.stderr
    return file


def view(kubectl, file, *more):
    done = kubectl("config", "view", "--kubeconfig", file, "-o", "json", "--raw", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.kubectl
def test_whole_file_equals_the_documentations_commands(rendered, imperative, kubectl):
    assert view(kubectl, rendered) == view(kubectl, imperative)


@pytest.mark.kubectl
@pytest.mark.parametrize("context", CONTEXTS)
def test_each_context_minified_equals(rendered, imperative, kubectl, context):
    more = ("--minify", "--context", context)

    assert view(kubectl, rendered, *more) == view(kubectl, imperative, *more)


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
