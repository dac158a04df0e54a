"""`kcfg diff`: what it compares, how it says it, what it answers, and what it never shows."""

import base64
import json
import re
import subprocess

import pytest
from apply_world import HEAD, INLINE, SECRETS, SPEC

from kcfg.x509 import make_authority


def data(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def test_a_new_file_is_all_creation(applied):
    done = applied("diff")

    assert done.returncode == 1
    assert done.stdout == (
        "+ cluster/prod  server: https://prod.example.com\n"
        "+ user/ops  exec: kcfg-credential --kind token --keyring kcfg/acme/ops/token\n"
        "+ context/prod  cluster: prod, user: ops, namespace: web, labels: env=prod,protected\n"
        "\n"
        "3 to create\n"
    )
    assert not applied.config.exists()


def test_no_differences(applied):
    applied("apply")

    done = applied("diff")

    assert (done.returncode, done.stdout) == (0, "")
    assert "no differences" in done.stderr


@pytest.mark.parametrize(
    ("words", "same", "different", "broken"),
    [((), 0, 1, 2), (("--detailed-exitcode",), 0, 2, 1), (("--exit-zero",), 0, 0, 2)],
)
def test_exit_codes(applied, words, same, different, broken):
    assert applied("diff", *words).returncode == different
    applied("apply")
    assert applied("diff", *words).returncode == same
    applied.spec.write_text("kind: [")
    assert applied("diff", *words).returncode == broken


def test_formats_say_the_same(applied):
    applied("apply")
    applied.spec.write_text(SPEC.replace("namespace: web", "namespace: api").replace("prod.example", "new.example"))

    text = applied("diff").stdout
    unified = applied("diff", "-o", "unified").stdout
    markdown = applied("diff", "-o", "markdown").stdout
    found = json.loads(applied("diff", "-o", "json").stdout)

    assert "~ cluster/prod\n    server: https://prod.example.com -> https://new.example.com\n" in text
    assert "--- actual/cluster/prod\n+++ target/cluster/prod\n" in unified
    assert "-server: https://prod.example.com\n+server: https://new.example.com\n" in unified
    assert "| `~` update | cluster/prod |" in markdown
    assert "+server: https://new.example.com" in markdown
    assert found["counts"] == {"update": 2, "unchanged": 1}
    assert found["changes"][0] == {
        "kind": "cluster",
        "name": "prod",
        "action": "update",
        "reason": None,
        "drift": None,
        "fields": [
            {
                "field": "server",
                "before": "https://prod.example.com",
                "after": "https://new.example.com",
                "secret": False,
            }
        ],
        "notCompared": [],
    }


def test_what_diff_shows_is_what_apply_does(applied):
    applied("apply")
    applied.spec.write_text(SPEC.replace("namespace: web", "namespace: api"))
    shown = json.loads(applied("diff", "-o", "json").stdout)

    done = json.loads(applied("apply", "-o", "json").stdout)

    assert done.pop("applied") is True
    assert done == shown


def test_two_kubeconfigs(tmp_path, kcfg):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("clusters:\n- {name: a, cluster: {server: https://a.example.com}}\n- {name: b, cluster: {}}\n")
    other.write_text("# other\nclusters:\n- cluster: {server: https://new.example.com}\n  name: a\n")

    done = kcfg("diff", one, other)

    assert done.returncode == 1
    assert done.stdout == (
        "~ cluster/a\n    server: https://a.example.com -> https://new.example.com\n- cluster/b\n\n"
        "1 to update, 1 to prune\n"
    )
    assert kcfg("diff", one, one).returncode == 0
    assert kcfg("diff", one).returncode == 2
    assert kcfg("diff", one, tmp_path / "nowhere").returncode == 2


def test_files_in_different_folders_refer_to_the_same_certificate(tmp_path, kcfg):
    (tmp_path / "deep").mkdir()
    (tmp_path / "one").write_text("clusters: [{name: a, cluster: {certificate-authority: pki/ca.crt}}]\n")
    (tmp_path / "deep" / "two").write_text("clusters: [{name: a, cluster: {certificate-authority: ../pki/ca.crt}}]\n")

    assert kcfg("diff", tmp_path / "one", tmp_path / "deep" / "two").returncode == 0


def test_certificates_are_compared_and_shown_as_certificates(tmp_path, kcfg):
    one, other = make_authority("first.example.com")[0], make_authority("second.example.com")[0]
    paths = [tmp_path / name for name in ("one", "wrapped", "other")]
    for path, pem in zip(paths, (one, b"# a remark\n" + one.replace(b"\n", b"\r\n"), other), strict=True):
        path.write_text(f"clusters: [{{name: a, cluster: {{certificate-authority-data: {data(pem)}}}}}]\n")

    assert kcfg("diff", paths[0], paths[1]).returncode == 0
    done = kcfg("diff", paths[0], paths[2])

    assert re.search(
        r"certificate-authority-data: CN=first.example.com, until \d{4}-\d\d-\d\d -> CN=second.example.com, until",
        done.stdout,
    )
    assert "LS0t" not in done.stdout


def test_commands_are_shown_as_commands_and_their_secrets_are_not(tmp_path, kcfg):
    template = """users:
- name: a
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: login
      args: [--region, {region}, --token, {token}]
      env: [{{name: PROFILE, value: {profile}}}, {{name: API_KEY, value: {token}}}]
      interactiveMode: Never
"""
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text(template.format(region="eu", token="fake-one", profile="a"))
    other.write_text(template.format(region="us west", token="fake-two", profile="b"))

    for output in ("text", "unified", "json", "markdown"):
        done = kcfg("diff", one, other, "-o", output)
        assert "fake-" not in done.stdout + done.stderr
    text = kcfg("diff", one, other).stdout
    assert "exec: login --region eu --token REDACTED -> login --region 'us west' --token REDACTED" in text
    assert "exec.env.PROFILE: a -> b" in text
    assert "exec.env.API_KEY: REDACTED -> REDACTED (another value)" in text


def test_alike_changes_of_many_entries_are_told_once(applied):
    names = [f"c{number}" for number in range(30)]
    spec = HEAD + "clusters:\n" + "".join(f"- {{name: {name}, server: 'https://x.example.com'}}\n" for name in names)
    spec += "contexts:\n" + "".join(f"- {{name: {name}, cluster: {name}, namespace: NS}}\n" for name in names)
    applied.spec.write_text(spec.replace("NS", "old"))
    applied("apply")
    applied.spec.write_text(spec.replace("NS", "new"))

    done = applied("diff")

    assert done.stdout == (
        "~ 30 contexts: c0, c1, c10, and 27 more\n    namespace: old -> new\n\n30 to update, 30 unchanged\n"
    )


def test_inlined_secrets_are_not_compared_unless_asked(applied):
    applied.spec.write_text(INLINE)
    inline = ("--credentials", "inline")
    assert applied("apply", *inline, env=SECRETS).returncode == 0

    changed = {**SECRETS, "FAKE_TOKEN": "fake-token-two"}
    unread = applied("diff", *inline, env=changed)
    read = applied("diff", *inline, "--read-secrets", env=changed)

    assert unread.returncode == 1
    assert unread.stdout == "3 unchanged, 2 not compared\n"
    assert "no differences" not in unread.stderr
    assert "secret: not compared (basic, token); --read-secrets" in unread.stderr
    assert read.returncode == 1
    assert "token: REDACTED -> REDACTED (another value)" in read.stdout
    value = json.loads(applied("diff", *inline, "-o", "json", env=changed).stdout)
    assert (value["differs"], value["counts"]) == (True, {"unchanged": 5})
    assert [(each["name"], each["action"], each["notCompared"]) for each in value["changes"]] == [
        ("basic", "unchanged", ["password"]), ("token", "unchanged", ["token"]),
    ]  # fmt: skip
    assert "3 unchanged, 2 not compared" in applied("diff", *inline, "-o", "markdown", env=changed).stdout


def test_a_missing_secret_is_a_difference_without_reading_the_store(applied):
    applied.spec.write_text(INLINE)
    applied("apply", "--credentials", "omit")

    done = applied("diff", "--credentials", "inline")

    assert done.returncode == 1
    assert "token: (in the store)" in done.stdout


@pytest.mark.parametrize("output", ["text", "unified", "json", "markdown"])
def test_no_format_shows_a_secret_of_either_side(applied, output):
    applied.spec.write_text(INLINE)
    inline = ("--credentials", "inline")
    applied.config.write_text(
        "users:\n- {name: token, user: {token: fake-mine}}\n- {name: other, user: {password: fake-other}}\n"
    )
    shown = []
    for words in ((), ("--read-secrets",), ("--read-secrets", "--adopt"), ("--on-conflict", "actual")):
        done = applied("diff", *inline, "-o", output, *words, env=SECRETS)
        shown += [done.stdout, done.stderr]
    applied("apply", *inline, "--adopt", env=SECRETS)
    applied.spec.write_text(INLINE.replace("me", "you"))
    done = applied("diff", *inline, "-o", output, "--read-secrets", env={**SECRETS, "FAKE_TOKEN": "fake-new"})

    for text in (*shown, done.stdout, done.stderr):
        for secret in ("fake-", data("fake-")[:6]):
            assert secret not in text


def test_names_cannot_write_markdown_or_drive_the_terminal(tmp_path, kcfg):
    (tmp_path / "one").write_text("{}")
    (tmp_path / "two").write_text(
        'clusters: [{name: "a|`b` <b>x</b> @team\\e[31m", cluster: {server: "https://x.example.com/```\\n# head"}}]\n'
    )

    text = kcfg("diff", tmp_path / "one", tmp_path / "two", "--color", "never").stdout
    markdown = kcfg("diff", tmp_path / "one", tmp_path / "two", "-o", "markdown").stdout

    assert "\x1b" not in text + markdown
    assert "a\\|\\`b\\` \\<b\\>x\\</b\\> \\@team" in markdown
    assert "````diff" in markdown
    assert not any(line.startswith("# head") for line in markdown.splitlines())


# Revisions of a spec


@pytest.fixture
def repository(tmp_path, kcfg):
    folder = tmp_path / "repo"
    (folder / "team" / "clusters").mkdir(parents=True)

    def git(*words):
        identity = ["-c", "user.name=kcfg", "-c", "user.email=kcfg@example.com"]
        return subprocess.run(
            ["git", "-C", folder, *identity, *words], check=True, capture_output=True, text=True
        ).stdout

    def commit(message):
        git("add", "-A")
        git("commit", "-q", "-m", message)

    git("init", "-q", "-b", "main")
    folder_spec = folder / "team" / "kcfg.yaml"
    folder_spec.write_text(f"{HEAD}include: ['clusters/*.yaml', '../shared/**/users.yaml']\n")
    (folder / "team" / "clusters" / "a.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nclusters: [{name: a, server: 'https://a.example.com'}]\n"
        "contexts: [{name: a, cluster: a, user: u}]\n"
    )
    (folder / "shared" / "deep").mkdir(parents=True)
    (folder / "shared" / "deep" / "users.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nusers: [{name: u, client-certificate: u.crt, "
        "client-key-data: 'ref+default://u/key'}]\n"
    )
    (folder / "shared" / "deep" / "u.crt").write_bytes(make_authority("u")[0])
    commit("first")
    commit.git, commit.folder, commit.spec = git, folder, folder_spec
    commit.kcfg = lambda *words, cwd=folder / "team": kcfg(*words, cwd=cwd)
    return commit


def test_the_work_tree_against_a_revision(repository):
    path = repository.folder / "team" / "clusters" / "a.yaml"
    path.write_text(path.read_text().replace("a.example", "b.example"))

    assert repository.kcfg("diff", "--from", "HEAD").stdout == (
        "~ cluster/a\n    server: https://a.example.com -> https://b.example.com\n\n1 to update, 2 unchanged\n"
    )
    assert repository.kcfg("diff", "--from", "HEAD", "-f", "team", cwd=repository.folder).returncode == 1
    repository("second")
    assert repository.kcfg("diff", "--from", "HEAD").returncode == 0
    assert repository.kcfg("diff", "--from", "HEAD~1").returncode == 1
    assert repository.kcfg("diff", "--from", "HEAD~1", "--to", "HEAD").returncode == 1
    assert repository.kcfg("diff", "--from", "HEAD", "--to", "HEAD").returncode == 0


def test_a_revision_is_read_from_git_and_nothing_is_checked_out(repository):
    for path in repository.folder.rglob("*.yaml"):
        if path != repository.spec:
            path.unlink()
    before = sorted(repository.folder.rglob("*"))

    done = repository.kcfg("diff", "--from", "HEAD", "--to", "HEAD")

    assert (done.returncode, done.stderr.splitlines()[0].startswith("kcfg: no differences")) == (0, True)
    assert sorted(repository.folder.rglob("*")) == before


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD:team", ""])
def test_a_revision_that_is_none(repository, revision):
    done = repository.kcfg("diff", f"--from={revision}", "--to=HEAD")

    assert done.returncode == (2 if revision else 0), done.stderr
    assert "Traceback" not in done.stderr


def test_outside_of_a_repository(applied):
    done = applied.kcfg("diff", "-f", applied.spec, "--from", "HEAD")

    assert done.returncode == 2
    assert "not a git repository" in done.stderr


@pytest.mark.parametrize("words", [["--kubeconfig", "k"], ["--prune"], ["--adopt"]])
def test_what_is_about_a_kubeconfig_does_not_go_with_revisions(repository, words):
    done = repository.kcfg("diff", "--from", "HEAD", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"{words[0]} does not go with --from" in done.stderr
