"""`--diff` on every command that writes kubeconfigs: what it shows is what would happen, and nothing happens."""

import os
from pathlib import Path

import pytest
from test_planted_secrets import KUBECONFIG, MARK, PEM, find_leak, plant, run, world  # noqa: F401

from kcfg.cli.table import NAMES, find

WRITERS = [name for name in NAMES if any(option.name == "diff" for option in find(name.split())[0].options)]
ONCE = ("rename", "delete")  # what can be done once: then there is no such entry
NEW = "http://new.example.com:3128"
# Words, standard input, and what the diff says.
ROWS = [
    ("merge config more --in-place", "", "+++ target/cluster/more"),
    ("merge config more --out out/config", "", "+++ target/context/dev"),
    ("merge config other --in-place --on-conflict last", "", "+token: REDACTED (another value)"),
    ("minify --out out/config", "", "+++ target/current-context"),
    ("minify -o json --out more", "", "+++ /dev/null"),
    ("flatten --out out/config", "", "+++ target/kubeconfig"),
    ("flatten --out garbage", "", "# what is there is no kubeconfig"),
    ("extract spare --out out/config", "", "+++ target/user/basic"),
    ("split --out-dir out", "", "diff out/spare.yaml"),
    ("split --out-dir . --force", "", "diff ./dev.yaml"),
    ("rename user token ops", "", "--- actual/user/token"),
    ("delete context dev --cascade --yes", "", "--- actual/current-context"),
    ("delete user key", "", "+++ /dev/null"),
    ("use-context spare", "", "+current-context: spare"),
    ("use-context spare -n web", "", "+namespace: web"),
    ("ns web", "", "+namespace: web"),
    (f"set-cluster dev --proxy-url {NEW}", "", f"+proxy-url: {NEW}"),
    ("set-cluster new --server https://new.example.com", "", "+++ target/cluster/new"),
    ("set-credentials token --token -", plant("typed"), "+token: REDACTED (another value)"),
    ("set-credentials new --client-key key.pem --embed-certs", "", "+client-key-data: REDACTED"),
    ("set-context dev -n web", "", "+namespace: web"),
    ("set users.token.token -", plant("typed"), "+token: REDACTED (another value)"),
    ("set preferences.colors true", "", "+  colors: true"),
    ("unset users.token.token", "", "-token: REDACTED"),
    ("unset extensions", "", "-extensions:"),
    ("rename-context dev prod", "", "+current-context: prod"),
    ("delete-context dev", "", "--- actual/context/dev"),
    ("delete-cluster dev", "", "--- actual/cluster/dev"),
    ("delete-user token", "", "--- actual/user/token"),
    ("render --out out/config", "", "+++ target/cluster/dev"),
    ("render --credentials inline --trust --out config", "", "--- actual/"),
]


def everything(folder):
    """Name, kind, bytes and times of all there is."""
    found = {}
    for at, folders, files in os.walk(folder):
        for path in (Path(at) / name for name in (*folders, *files)):
            status = path.lstat()
            found[path] = (status.st_mode, status.st_ino, status.st_mtime_ns, path.is_file() and path.read_bytes())
    return found


@pytest.fixture
def place(world):  # noqa: F811
    more = "clusters: [{name: more, cluster: {server: 'https://more.example.com'}}]\n"
    (world / "more").write_text(more)
    (world / "garbage").write_text(f"{MARK}: [")
    (world / "dev.yaml").write_text(more)
    for name in ("more", "garbage", "dev.yaml"):
        (world / name).chmod(0o600)
    return world


@pytest.mark.parametrize(("words", "stdin", "says"), ROWS, ids=[row[0] for row in ROWS])
def test_it_shows_what_would_change_and_changes_nothing(words, stdin, says, place, tmp_path, run):  # noqa: F811
    before = everything(tmp_path)

    code, out, err = run(f"{words} --diff", stdin)
    assert (code, everything(tmp_path)) == (1, before), err
    assert says in out
    assert not find_leak(out + err)

    done, _, err = run(words, stdin)
    named = {str(place / line.removeprefix("diff ")) for line in out.splitlines() if line.startswith("diff ")}
    after = everything(tmp_path)
    assert done == 0, err
    assert {os.path.normpath(path) for path in named} == {
        str(path)
        for path in after
        if path.is_file() and path.is_relative_to(place) and after[path][-1] != before.get(path, [None])[-1]
    }

    code, out, err = run(f"{words} --diff", stdin)
    assert code == (2 if words.startswith((*ONCE, "unset users")) and "unset" not in words else 0), out + err
    assert out == ""
    assert everything(tmp_path) == after


def test_every_command_that_edits_kubeconfigs_has_it():
    assert {words.split()[0] for words, _, _ in ROWS} == set(WRITERS) - {"fmt"}  # of a spec: tests/unit/test_format.py
    lock = {name for name in NAMES if any(option.name == "break_lock" for option in find(name.split())[0].options)}
    # These have --dry-run, or change no kubeconfig.
    assert lock - set(WRITERS) == {"apply", "undo", "secret migrate", "secret restore", "history"}


@pytest.mark.parametrize(
    "words",
    ["merge config", "minify", "flatten", "extract dev", "flatten --out -", "render", "render --to argocd --out out"],
)
def test_without_a_file_to_write_there_is_nothing_to_compare(words, place, run):  # noqa: F811
    code, out, err = run(f"{words} --diff")

    assert (code, out) == (2, "")
    assert "--diff: no kubeconfig would be written" in err


@pytest.mark.parametrize("words", ["split --out-dir .", "merge config other --in-place", "delete user token"])
def test_what_the_command_refuses_is_an_error_and_no_difference(words, place, run):  # noqa: F811
    assert run(words)[0] == 1
    assert run(f"{words} --diff")[:2] == (2, "")


def test_the_file_and_its_folder_need_not_be_there(tmp_path, private_home, run):  # noqa: F811
    code, out, _ = run("set-context new -n web --diff")

    assert code == 1
    assert out.startswith(f"diff {private_home}/.kube/config\n--- /dev/null\n+++ target/context/new\n")
    assert not list(private_home.iterdir())


def test_what_means_the_same_in_another_form_is_told_so(tmp_path, run, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").write_text("# ours\ncurrent-context: dev\n")
    (tmp_path / "out").write_text("{current-context: dev}\n")

    code, out, _ = run("merge config --out out --diff")
    assert (code, out.splitlines()[0]) == (1, "diff out")
    assert out.splitlines()[1].startswith("# the same entries and fields")


def test_a_secret_inside_of_a_field_that_changes_says_so(place, run):  # noqa: F811
    for secret in ("id-token", "env", "short", "extension"):
        (place / "changed").write_text(KUBECONFIG.replace(plant(secret), plant(f"other-{secret}")))
        code, out, err = run("merge changed --out config --diff")
        assert code == 1, err
        assert not find_leak(out + err)
        assert "(another value)" in out or "# the same" in out, secret


def test_each_file_of_a_list_is_shown(tmp_path, run, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "a:b")
    (tmp_path / "a").write_text("contexts: [{name: dev, context: {cluster: one, user: ''}}]\n")
    (tmp_path / "b").write_text("clusters: [{name: one, cluster: {server: 'https://one.example.com'}}]\n")

    code, out, _ = run("rename cluster one two --diff")
    assert code == 1
    assert [line for line in out.splitlines() if line.startswith("diff ")] == ["diff a", "diff b"]
    assert "+cluster: two" in out
