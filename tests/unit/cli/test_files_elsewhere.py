"""Files that are not on this machine: private ones and other folders' are warnings, public ones of the spec are not."""

import shutil

import pytest
import yaml
from conftest import EXAMPLES

SPEC = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {{name: acme}}
clusters:
- name: a
  server: https://a.example.com
  {cluster}
users:
- name: u
  {user}
contexts:
- {{name: a, cluster: a, user: u}}
"""
CERTIFICATE = (EXAMPLES / "tutorial/fake-cert-file").read_text()
AUTHORITY = (EXAMPLES / "tutorial/fake-ca-file").read_text()


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "client.crt").write_text(CERTIFICATE)
    (tmp_path / "ca.crt").write_text(AUTHORITY)

    def write(cluster="labels: {}", user="labels: {}"):
        (tmp_path / "kcfg.yaml").write_text(SPEC.format(cluster=cluster, user=user))

    return write


ELSEWHERE = [
    ("certificate-authority: /nowhere/ca.crt", "labels: {}"),
    ("certificate-authority: ~/nowhere/ca.crt", "labels: {}"),
    ("labels: {}", "tokenFile: nowhere/token"),
    ("labels: {}", "tokenFile: ~/nowhere/token"),
    ("labels: {}", "client-certificate: client.crt\n  client-key: nowhere/client.key"),
    ("labels: {}", "client-certificate: /nowhere/client.crt\n  client-key: /nowhere/client.key"),
]
PUBLIC = [
    ("certificate-authority: nowhere/ca.crt", "labels: {}"),
    ("labels: {}", "client-certificate: nowhere/client.crt\n  client-key: nowhere/client.key"),
]


@pytest.mark.parametrize(("cluster", "user"), ELSEWHERE)
def test_what_only_kubectls_machine_needs_is_a_warning(cluster, user, spec, called):
    spec(cluster, user)
    done, strict = called("validate"), called("validate", "--strict")

    assert done.returncode == 0, done.stderr
    assert "warning: " in done.stderr
    assert "[KCFG111]" in done.stderr
    assert "valid, " in done.stdout
    assert strict.returncode == 1
    assert strict.stderr == done.stderr.replace(": warning: ", ": error: ") + f"kcfg: {_problems(done)}\n"


def _problems(done):
    found = done.stderr.count(": warning: ")
    return "1 problem" if found == 1 else f"{found} problems"


@pytest.mark.parametrize(("cluster", "user"), ELSEWHERE)
@pytest.mark.parametrize("line", ["render", "diff --exit-zero", "lint --fail-on error"])
def test_the_rest_goes_on_and_strict_stops_it(line, cluster, user, spec, called):
    spec(cluster, user)
    done = called(*line.split())

    assert done.returncode == 0, done.stderr
    assert "[KCFG111]" in done.stdout + done.stderr
    if "lint" not in line:
        strict = called(*line.split(), "--strict")
        assert strict.returncode == 2
        assert ": error: " in strict.stderr
        assert strict.stdout == ""


@pytest.mark.parametrize(("cluster", "user"), PUBLIC)
@pytest.mark.parametrize("line", ["validate", "render", "diff", "apply --yes"])
def test_a_missing_certificate_of_the_spec_is_an_error(line, cluster, user, spec, called):
    spec(cluster, user)
    done = called(*line.split())

    assert done.returncode in (1, 2)
    assert "[KCFG105]" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("cluster", "user", "rule"),
    [
        ("certificate-authority: ../../ca.crt", "labels: {}", "KCFG105"),  # a link or a path that leads out
        ("labels: {}", "tokenFile: ../../token", "KCFG105"),
        ("labels: {}", "tokenFile: empty", "KCFG105"),
        ("labels: {}", "client-certificate: client.crt\n  client-key: folder", "KCFG105"),
    ],
)
def test_what_is_no_matter_of_the_machine_stays_an_error(cluster, user, rule, spec, called, tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "folder").mkdir()
    spec(cluster, user)
    done = called("validate")

    assert done.returncode == 1
    assert f"[{rule}]" in done.stderr


def test_the_home_of_whoever_renders_is_meant(spec, called, private_home):
    spec("certificate-authority: ~/ca.crt", "tokenFile: ~/.secret/token")
    (private_home / "ca.crt").write_text(AUTHORITY)
    config = yaml.safe_load(called("render").stdout)

    assert config["clusters"][0]["cluster"]["certificate-authority"] == f"{private_home}/ca.crt"
    assert config["users"][0]["user"]["tokenFile"] == f"{private_home}/.secret/token"


@pytest.mark.parametrize("flag", ["--flatten", "--to=argocd", "--to=flux --credentials=inline --trust"])
def test_what_embeds_a_file_needs_it(flag, spec, called):
    spec("certificate-authority: ca.crt", "client-certificate: client.crt\n  client-key: nowhere/client.key")
    done = called("render", *flag.split())

    assert done.returncode == 2
    assert "nowhere/client.key" in done.stderr
    assert done.stdout == ""


def test_placeholders_render_as_paths_and_are_told(tutorial, called):
    for name in ("fake-ca-file", "fake-cert-file", "fake-key-file"):
        (tutorial / name).write_text("")
    words = ("-f", tutorial, "--context", "dev-*")
    done = called("render", *words)

    assert done.returncode == 0, done.stderr
    config = yaml.safe_load(done.stdout)
    assert config["clusters"][0]["cluster"]["certificate-authority"] == str(tutorial / "fake-ca-file")
    assert config["users"][0]["user"]["client-key"] == str(tutorial / "fake-key-file")
    assert done.stderr.count(": warning: ") == 3
    assert called("render", *words, "--strict").returncode == 2
    assert called("render", *words, "--flatten").returncode == 2
    assert called("validate", "-f", tutorial).returncode == 1


def test_the_documentations_exercise_renders_as_it_is_in_git(called, tmp_path):
    shutil.copytree(EXAMPLES / "tutorial", tmp_path / "exercise")
    assert called("validate", "-f", tmp_path / "exercise").returncode == 0
    done = called("render", "-f", tmp_path / "exercise", "--context", "dev-*")

    assert done.returncode == 0
    assert "'fake-key-file' cannot be read" in done.stderr
    assert len(yaml.safe_load(done.stdout)["contexts"]) == 3


def test_a_kubeconfigs_warnings_leave_it_valid_unless_strict(called, tmp_path):
    (tmp_path / "config").write_text("apiVersion: v1\nkind: Config\nfoo: 1\n")
    done, strict = (called("validate", "--kubeconfig", tmp_path / "config", *more) for more in ([], ["--strict"]))

    assert (done.returncode, strict.returncode) == (0, 1)
    assert "valid, 1 warning" in done.stdout
