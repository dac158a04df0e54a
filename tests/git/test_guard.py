"""The git guard asks what is written: whatever holds a secret goes only where git will not take it."""

import os
import subprocess
import tempfile

import pytest
from conftest import ROOT
from lint_world import FILES

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: demo}\n"
CLUSTER = "clusters:\n- {name: a, server: 'https://a.example.com'}\n"
CONTEXT = "contexts:\n- {name: a, cluster: a, user: u}\n"
ENV = "secretStores:\n- {name: default, provider: env}\n"
SPECS = {
    "key.yaml": f"{HEAD}{CLUSTER}users:\n- {{name: u, client-certificate: client.crt, client-key: client.key}}\n"
    f"{CONTEXT}",
    "ref.yaml": f"{HEAD}{ENV}{CLUSTER}users:\n- {{name: u, token: ref+default://u/token}}\n{CONTEXT}",
    "plugin.yaml": f"{HEAD}{CLUSTER}users:\n- name: u\n"
    "  exec: {apiVersion: client.authentication.k8s.io/v1, command: x, "
    f"interactiveMode: Never, args: [--client-secret, zxplanted]}}\n{CONTEXT}",
}
KUBECONFIG = """apiVersion: v1
kind: Config
clusters:
- name: a
  cluster: {server: https://a.example.com}
users:
- name: u
  user: {token: zxplanted}
- name: plugin
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Never, args: [--token, zxplanted]}
contexts:
- name: a
  context: {cluster: a, user: u}
current-context: a
"""
SECRET = [
    "render -f key.yaml --flatten --out OUT",
    "render -f plugin.yaml --out OUT",
    "render -f plugin.yaml --to direnv --out OUTDIR",
    "render -f ref.yaml --credentials inline --out OUT",
    "render -f ref.yaml --credentials inline --to argocd --out OUTDIR",
    "apply -f plugin.yaml --kubeconfig OUT --yes",
    "apply -f ref.yaml --credentials inline --kubeconfig OUT --yes",
    "merge config --out OUT",
    "flatten --out OUT",
    "extract a --out OUT",
    "split --out-dir OUTDIR",
    "import config --into OUTDIR --secrets env --allow-plaintext",
    "merge OUT config --in-place",
    "set-credentials u --token - --kubeconfig OUT",
    "set-credentials u --client-key client.key --embed-certs --kubeconfig OUT",
    "set-cluster a --server https://a.example.com --proxy-url - --kubeconfig OUT",
    "set users.u.password - --kubeconfig OUT",
    "env -f plugin.yaml --out OUT",
]
HARMLESS = [
    "render -f key.yaml --out OUT",
    "render -f ref.yaml --out OUT",
    "render -f ref.yaml --flatten --out OUT",
    "render -f ref.yaml --to direnv --out OUTDIR",
    "render -f ref.yaml --to external-secrets --out OUTDIR",
    "apply -f ref.yaml --kubeconfig OUT --yes",
    "merge public --out OUT",
    "import config --into OUTDIR --secrets keep-out",
    "merge OUT public --in-place",
    "set-credentials u --client-key client.key --kubeconfig OUT",
]
REDIRECTS = [
    "render -f key.yaml --flatten",
    "render -f plugin.yaml -o json",
    "render -f ref.yaml --credentials inline",
    "render -f ref.yaml --credentials inline --to argocd",
    "view --raw",
    "view --flatten",
    "extract a -o json",
]


@pytest.fixture
def tree(private_home, tmp_path, monkeypatch):
    """A work tree with specs and a kubeconfig."""
    folder = tmp_path / "tree"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", folder], check=True)
    files = {name: text.encode() for name, text in SPECS.items()} | {"config": KUBECONFIG.encode()}
    files |= {name: FILES[name] for name in ("client.crt", "client.key")}
    files["public"] = KUBECONFIG.replace("token: zxplanted", "as: a").replace("--token, zxplanted", "get").encode()
    for name, content in files.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("KUBECONFIG", "config")
    monkeypatch.setenv("U_TOKEN", "zxplanted")
    return folder


@pytest.fixture
def run(warm):
    """Run a command with standard output into a file: (exit code, standard error)."""

    def call(words, out):
        if words.startswith(("render", "apply")):
            words += " --trust"
        given = b"https://me:zxplanted@proxy.example.com" if "--proxy-url -" in words else b"zxplanted"
        with open(out, "wb") as file, tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as said:
            stdin.write(given)
            stdin.seek(0)
            started = warm.start(
                words.replace("OUTDIR", "out").replace("OUT", "out.yaml").split(),
                cwd=os.getcwd(), env={**os.environ, "PYTHONPATH": str(ROOT)}, streams=(stdin, file, said),
            )  # fmt: skip
            code = started.wait()
            said.seek(0)
            return code, said.read().decode()

    return call


def planted_in(folder):
    key = FILES["client.key"].split(b"\n")[1]
    files = [each for each in folder.rglob("out*") if each.is_file()]
    files += [each for each in (folder / "out").rglob("*") if each.is_file()]
    return any(b"zxplanted" in each.read_bytes() or key in each.read_bytes() for each in files)


@pytest.mark.parametrize("words", SECRET)
def test_a_secret_is_not_written_where_git_would_take_it(words, tree, run):
    code, said = run(words, os.devnull)
    assert code == 2, said
    assert "refusing to write secrets into a git work tree" in said
    assert "add the file to .gitignore" in said
    assert not planted_in(tree)

    (tree / ".gitignore").write_text("out\nout.yaml\n")
    code, said = run(words, os.devnull)
    assert code in (0, 1), said
    assert "refusing" not in said


def test_a_file_that_has_its_secret_already_is_edited(tree, run):
    merge = "merge config public --in-place --on-conflict first"
    for words in ("use-context a", "set-context a -n web", "rename user u v", merge):
        assert run(words, os.devnull)[0] == 0, words


@pytest.mark.parametrize("words", HARMLESS)
def test_what_holds_no_secret_is_written(words, tree, run):
    code, said = run(words, os.devnull)
    assert code in (0, 1), said
    assert "refusing" not in said
    assert (tree / "out").exists() or (tree / "out.yaml").exists()


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="the system does not tell a file's name")
@pytest.mark.parametrize("words", REDIRECTS)
def test_a_redirect_is_such_a_file(words, tree, tmp_path, run):
    code, said = run(words, tree / "out.yaml")
    assert code == 2
    assert "refusing to write secrets into a git work tree" in said
    assert (tree / "out.yaml").read_bytes() == b""

    assert run(words, tmp_path / "elsewhere")[0] == 0
    (tree / ".gitignore").write_text("out.yaml\n")
    assert run(words, tree / "out.yaml")[0] == 0


def test_a_redirect_without_a_secret_passes(tree, run):
    for words in ("view", "render -f ref.yaml", "get-users", "render -f key.yaml -o json"):
        code, said = run(words, tree / "out.yaml")
        assert code == 0, said
        assert (tree / "out.yaml").read_bytes()
