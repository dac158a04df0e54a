"""Commands that combine kubeconfigs and take them apart: nothing is lost, nothing is written over."""

import json

import pytest

ONE = """\
clusters: [{name: c, cluster: {server: 'https://one.example.com'}}]
contexts: [{name: x, context: {cluster: c}}]
"""
TWO = ONE.replace("one", "two")


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for path, text in zip(paths, (ONE, TWO), strict=True):
        path.write_text(text)
    return paths


@pytest.mark.parametrize("command", ["minify", "flatten", "extract", "merge"])
@pytest.mark.parametrize("how", ["same", "link", "hard"])
def test_an_input_is_never_written_over(command, how, files, kcfg, tmp_path):
    out = files[0]
    if how != "same":
        out = tmp_path / "other"
        out.symlink_to(files[0]) if how == "link" else out.hardlink_to(files[0])
    words = {"minify": ["--context", "x"], "extract": ["x"], "merge": list(files), "flatten": []}[command]
    where = [] if command == "merge" else ["--kubeconfig", files[0]]

    done = kcfg(command, *words, *where, "--out", out)

    assert (done.returncode, files[0].read_text()) == (2, ONE)
    assert "refusing to write over an input" in done.stderr


@pytest.mark.parametrize(
    "command", [["minify", "--context", "x"], ["flatten"], ["extract", "x"], ["split", "--out-dir", "d"]]
)
def test_a_missing_file_is_no_empty_one(command, kcfg, tmp_path):
    done = kcfg(*command, "--kubeconfig", "nope")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nope: error: no such file or directory")
    assert kcfg("merge", env={"KUBECONFIG": "nope"}).returncode == 2


def test_split_keeps_every_context_apart(kcfg, tmp_path):
    names = ["a-b-6783a31e", "a-b", "a:b", "A:B", "../a", "a"]
    (tmp_path / "k").write_text(json.dumps({"contexts": [{"name": name, "context": {}} for name in names]}))

    done = kcfg("split", "--kubeconfig", "k", "--out-dir", "out")

    assert done.returncode == 0, done.stderr
    found = [kcfg("current-context", "--kubeconfig", path).stdout.strip() for path in (tmp_path / "out").iterdir()]
    assert sorted(found) == sorted(names)


def test_paths_through_a_link_stay_right(kcfg, kubectl, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "deep")
    (tmp_path / "src" / "ca.crt").write_text("FAKE\n")
    (tmp_path / "src" / "k").write_text(ONE.replace("{server", "{certificate-authority: ca.crt, server"))

    for out in ("link/out", "real/out"):
        assert kcfg("minify", "--context", "x", "--kubeconfig", "src/k", "--out", out).returncode == 0
        done = kubectl("config", "view", "--flatten", "--raw", "--kubeconfig", out)
        assert "certificate-authority-data: RkFLRQo=" in done.stdout, done.stderr


@pytest.mark.parametrize("template", ["", "x", "{index}", "{name.__class__}", "{name", "{other}", "{name[0]}"])
def test_a_template_needs_the_name_and_knows_three_fields(template, files, kcfg):
    done = kcfg("merge", *files, "--on-conflict", "rename", "--name-template", template)

    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be filled in" in done.stderr


def test_rename_keeps_both(files, kcfg):
    done = kcfg("merge", *files, "--on-conflict", "rename", "--name-template", "{name}@{file}", "-o", "json")

    merged = json.loads(done.stdout)
    assert [cluster["name"] for cluster in merged["clusters"]] == ["c", "c@two"]
    assert [context["context"]["cluster"] for context in merged["contexts"]] == ["c", "c@two"]


def test_in_place_keeps_the_form(files, kcfg):
    for flag in ("--flatten", "-ojson"):
        done = kcfg("merge", *files, "--in-place", "--on-conflict", "first", flag)
        assert (done.returncode, files[0].read_text()) == (2, ONE)


def test_what_a_deleted_entry_hid_is_told(files, kcfg):
    both = {"KUBECONFIG": ":".join(map(str, files))}

    done = kcfg("delete", "x", "--cascade", "--yes", env=both)

    assert done.stdout == f"deleted context x from {files[0]}\ndeleted cluster c from {files[0]}\n"
    assert f'{files[1]} has another context "x": it counts now' in done.stderr


def test_a_file_that_gets_a_secret_is_closed_to_others(files, kcfg):
    files[0].chmod(0o644)
    assert kcfg("set-context", "x", "--namespace", "n", "--kubeconfig", files[0]).returncode == 0
    assert files[0].stat().st_mode & 0o777 == 0o644

    assert kcfg("set-credentials", "u", "--token", "-", "--kubeconfig", files[0], stdin="plum\n").returncode == 0

    assert files[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("stdin", "said"), [("", "is empty"), ("a\nb\n", "several lines"), ("\x1b", "control")])
def test_what_is_no_secret_is_refused(stdin, said, files, kcfg):
    done = kcfg("set-credentials", "u", "--token", "-", "--kubeconfig", files[0], stdin=stdin)

    assert (done.returncode, files[0].read_text()) == (2, ONE)
    assert said in done.stderr


PATHS = """apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://c.example.com"}}]
users:
- {name: file, user: {tokenFile: tok}}
- {name: plug, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plug, interactiveMode: Never}}}
- {name: path, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: Never}}}
contexts:
- {name: a, context: {cluster: c, user: file}}
- {name: b, context: {cluster: c, user: plug}}
- {name: d, context: {cluster: c, user: path}}
current-context: a
"""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("minify --flatten", "tokenFile of user 'file'"),
        ("minify --flatten --context b", "exec.command of user 'plug'"),
        ("minify --flatten --context d", ""),
        ("minify", ""),
        ("extract a b --flatten", "tokenFile of user 'file', exec.command of user 'plug'"),
        ("flatten", "tokenFile of user 'file', exec.command of user 'plug'"),
        ("flatten --token-files", "exec.command of user 'plug'"),
        ("view --flatten", "tokenFile of user 'file', exec.command of user 'plug'"),
        ("merge config --flatten", "tokenFile of user 'file', exec.command of user 'plug'"),
        ("split --flatten --out-dir out", "tokenFile of user 'file', exec.command of user 'plug'"),
    ],
)
def test_what_flattening_leaves_in_other_files_is_told(kcfg, tmp_path, words, told):
    (tmp_path / "config").write_text(PATHS)
    (tmp_path / "tok").write_text("fake")

    where = [] if words.startswith("merge") else ["--kubeconfig", "config"]
    done = kcfg(*words.split(), *where, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    expected = f"kcfg: note: still paths to other files: {told}\n" if told else ""
    assert "".join(line for line in done.stderr.splitlines(keepends=True) if "still paths" in line) == expected


def test_contexts_are_listed_by_labels(kcfg, tmp_path):
    (tmp_path / "kcfg.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
        "clusters:\n- {name: p, server: 'https://p.example.com', labels: {env: prod}}\n"
        "- {name: d, server: 'https://d.example.com', labels: {env: dev}}\n"
        "contexts: [{name: p, cluster: p}, {name: d, cluster: d}]\n"
    )
    assert kcfg("apply", "--yes", "--kubeconfig", "config", cwd=tmp_path).returncode == 0

    for where in (["-f", "."], ["--kubeconfig", "config"]):
        found = kcfg("ls", "-l", "env=prod", "-o", "name", *where, cwd=tmp_path)
        assert (found.returncode, found.stdout) == (0, "p\n")
        none = kcfg("get-contexts", "-l", "env=none", "-o", "name", *where, cwd=tmp_path)
        assert (none.returncode, none.stdout, none.stderr) == (0, "", "kcfg: no context has these labels\n")
        assert kcfg("ls", "d", "-l", "env=prod", "-o", "name", *where, cwd=tmp_path).stdout == ""
    assert kcfg("get-contexts", "-l", "a=b=c", cwd=tmp_path).returncode == 2
