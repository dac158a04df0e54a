"""`kcfg diff --from`: every environment is compared, files by content; what is new, gone or renamed is told as that."""

import json
import subprocess

import pytest
from apply_world import HEAD

from kcfg.x509 import make_authority

SPEC = f"""{HEAD}clusters:
- {{name: prod-eu, server: "https://prod-eu.example.com", labels: {{env: prod}}, certificate-authority: pki/ca.crt}}
- {{name: dev-eu, server: "https://dev-eu.example.com", labels: {{env: dev}}}}
users:
- {{name: bot, token: "ref+default://bot"}}
contexts:
- {{name: prod-eu, cluster: prod-eu, user: bot}}
- {{name: dev-eu, cluster: dev-eu, user: bot}}
environments:
- name: prod
  select: {{matchLabels: {{env: prod}}}}
  patches: [{{target: {{kind: Cluster, name: prod-eu}}, merge: {{proxy-url: "http://proxy.example.com"}}}}]
- {{name: dev, select: {{matchLabels: {{env: dev}}}}}}
- {{name: ci, credentials: inline, secretStores: [{{name: default, provider: env, env: {{prefix: ONE_}}}}]}}
"""


@pytest.fixture
def repo(tmp_path, kcfg):
    """A repository whose HEAD has SPEC: repo("-o", "json") compares HEAD with the work tree."""
    folder = tmp_path / "repo"
    (folder / "pki").mkdir(parents=True)
    spec = folder / "kcfg.yaml"
    spec.write_text(SPEC)
    (folder / "pki" / "ca.crt").write_bytes(make_authority("one")[0])

    def git(*words):
        identity = ["-c", "user.name=kcfg", "-c", "user.email=kcfg@example.com"]
        subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)

    def commit():
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", "x")

    def run(*words, since="HEAD"):
        done = kcfg("diff", "--from", since, *words, cwd=folder)
        assert "Traceback" not in done.stderr
        return done

    def edit(*pairs):
        text = spec.read_text()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        spec.write_text(text)

    git("init", "-q", "-b", "main")
    commit()
    run.folder, run.spec, run.git, run.commit, run.edit, run.kcfg = folder, spec, git, commit, edit, kcfg
    return run


PATCHED = ('proxy-url: "http://proxy.example.com"', 'server: "https://evil.example.com"')


def test_a_changed_patch_is_seen_without_naming_its_environment(repo):
    repo.edit(PATCHED)

    done = repo()

    assert done.returncode == 1
    assert done.stdout == (
        "spec acme: no differences\n\n"
        "environment prod\n"
        "~ cluster/prod-eu\n"
        "    server: https://prod-eu.example.com -> https://evil.example.com\n"
        "    proxy-url: http://proxy.example.com -> (none)\n\n"
        "1 to update, 2 unchanged\n\n"
        "environment dev: no differences\n"
        "environment ci: no differences\n"
    )


@pytest.mark.parametrize(
    ("pair", "where"),
    [
        (PATCHED, ["prod"]),
        (("matchLabels: {env: dev}", "names: ['*-eu']"), ["dev"]),
        (("prefix: ONE_", "prefix: TWO_"), ["ci"]),
        (("credentials: inline", "credentials: omit"), ["ci"]),
        (("https://dev-eu", "https://dev-us"), [None, "dev", "ci"]),
        (("ref+default://bot", "ref+default://other"), [None, "prod", "dev", "ci"]),
        (("name: prod\n", "name: prod\n  current-context: prod-eu\n"), ["prod"]),
        (("name: prod\n", "name: prod\n  description: the real one\n"), []),
    ],
)
def test_every_place_of_an_environment_is_compared(repo, pair, where):
    repo.edit(pair)

    done = repo("-o", "json")

    assert [part["environment"] for part in json.loads(done.stdout) if part["differs"]] == where
    assert done.returncode == int(bool(where))


def test_one_environment_is_named(repo):
    repo.edit(PATCHED)

    assert repo("-e", "prod").returncode == 1
    assert json.loads(repo("-e", "prod", "-o", "json").stdout)["environment"] == "prod"
    assert repo("-e", "dev").returncode == 0
    assert repo("-e", "prod", "-o", "markdown").stdout.startswith("### HEAD → work tree, environment prod\n")


def test_all_environments_leaves_the_spec_itself_out(repo):
    found = json.loads(repo("--all-environments", "-o", "json").stdout)

    assert [part["environment"] for part in found] == ["prod", "dev", "ci"]
    assert "exclude one another" in repo("--all-environments", "-e", "prod").stderr


@pytest.mark.parametrize(
    ("words", "same", "different", "broken"),
    [((), 0, 1, 2), (("--detailed-exitcode",), 0, 2, 1), (("--exit-zero",), 0, 0, 2)],
)
def test_exit_codes(repo, words, same, different, broken):
    done = repo(*words)
    assert (done.returncode, done.stdout) == (same, "")
    assert "no differences: HEAD -> work tree (3 environments)" in done.stderr
    repo.edit(PATCHED)
    assert repo(*words).returncode == different
    repo.edit(("cluster: prod-eu", "cluster: nowhere"))
    assert repo(*words).returncode == broken


# New, gone, renamed


def test_an_environment_of_one_side_is_all_new_or_all_gone(repo):
    repo.edit(("name: dev, select", "name: test, select"))

    text = repo().stdout
    found = {part["environment"]: part for part in json.loads(repo("-o", "json").stdout)}

    assert "environment test (new)\n+ cluster/dev-eu" in text
    assert "environment dev (removed)\n- cluster/dev-eu" in text
    assert found["test"]["environmentAction"] == "create"
    assert found["test"]["counts"] == {"create": 3}
    assert found["dev"]["environmentAction"] == "delete"
    assert found["dev"]["counts"] == {"delete": 3}
    assert found["prod"]["environmentAction"] is None
    assert "3 to create" in repo("-e", "test").stdout
    assert repo("-e", "test", "--exit-zero", "-o", "markdown").returncode == 0
    assert "3 to prune" in repo("-e", "dev").stdout
    assert "environment dev (removed)" in repo("-e", "dev", "-o", "markdown").stdout.replace("\\", "")


def test_an_environment_of_neither_side_names_both(repo):
    done = repo("-e", "prd")

    assert done.returncode == 2
    assert "no environment is called 'prd', neither in HEAD nor in the work tree" in done.stderr
    assert "did you mean 'prod'?" in done.stderr


def test_a_spec_that_is_new(repo):
    repo.spec.unlink()
    repo.commit()
    repo.spec.write_text(SPEC)

    done = repo()

    assert done.returncode == 1
    assert "note: HEAD has no kcfg.yaml: everything is new" in done.stderr
    assert "environment prod (new)\n+ cluster/prod-eu" in done.stdout
    assert repo("--to", "HEAD~1").returncode == 1
    assert "neither HEAD nor HEAD has kcfg.yaml" in repo("--to", "HEAD").stderr


def test_a_renamed_entry_is_a_rename(repo):
    repo.edit(("name: dev-eu, server", "name: development, server"), ("cluster: dev-eu", "cluster: development"))
    repo.edit(("{name: dev-eu, cluster", "{name: dev, cluster"))

    text = repo("-e", "dev").stdout
    markdown = repo("-e", "dev", "-o", "markdown").stdout
    changes = json.loads(repo("-e", "dev", "-o", "json").stdout)["changes"]

    assert text == (
        "~ cluster/development  (renamed from dev-eu)\n~ context/dev  (renamed from dev-eu)\n\n"
        "2 to rename, 1 unchanged\n"
    )
    assert "| `~` rename | cluster/development | renamed from dev-eu |" in markdown
    assert [(each["action"], each.get("renamedFrom"), each.get("renamedTo")) for each in changes] == [
        ("delete", None, "development"),
        ("create", "dev-eu", None),
        ("create", "dev-eu", None),
        ("delete", None, "dev"),
    ]


def test_what_could_be_two_renames_is_none(repo):
    text = "users:\n- {name: a, username: x}\n- {name: b, username: x}\n"
    repo.spec.write_text(f"{HEAD}{text}")
    repo.commit()
    repo.edit(("name: a", "name: c"), ("name: b", "name: d"))

    assert repo().stdout.splitlines()[-1] == "2 to create, 2 to prune"
    repo.spec.write_text(f"{HEAD}users:\n- {{name: a, username: x}}\n- {{name: c, username: y}}\n")
    assert "rename" not in repo().stdout


# Files


def test_a_certificate_is_compared_by_content(repo):
    path = repo.folder / "pki" / "ca.crt"
    pem = path.read_bytes()
    path.write_bytes(b"# a remark\n" + pem.replace(b"\n", b"\r\n"))
    assert repo().returncode == 0
    path.write_bytes(make_authority("other")[0])

    done = repo("-e", "prod")

    assert done.returncode == 1
    (line,) = [each for each in done.stdout.splitlines() if "certificate-authority" in each]
    assert line.startswith("    certificate-authority: pki/ca.crt (sha256:")
    assert "CN=one, until" in line.partition(" -> ")[0]
    assert "CN=other, until" in line.partition(" -> ")[2]
    for output in ("text", "unified", "json", "markdown"):
        said = repo("-o", output).stdout
        assert "CN=other" in said
        assert str(repo.folder) not in said  # no place of this machine


def test_another_certificate_of_the_same_name_is_another(repo):
    (repo.folder / "pki" / "ca.crt").write_bytes(make_authority("one")[0])

    assert repo("-e", "prod").returncode == 1


def test_of_a_key_file_nothing_is_shown(repo):
    certificate, key = make_authority("me")
    (repo.folder / "me.crt").write_bytes(certificate)
    (repo.folder / "me.key").write_bytes(key)
    repo.spec.write_text(f"{HEAD}users: [{{name: me, client-certificate: me.crt, client-key: me.key}}]\n")
    repo.commit()
    assert repo().returncode == 0
    certificate, other = make_authority("me")
    (repo.folder / "me.crt").write_bytes(certificate)
    (repo.folder / "me.key").write_bytes(other)

    for output in ("text", "unified", "json", "markdown"):
        done = repo("-o", output)
        assert done.returncode == 1
        assert "(another key)" in done.stdout.replace("\\", "")
        for line in (key + other).decode().splitlines():
            assert line not in done.stdout


def test_users_that_no_stanza_can_carry_are_compared_too(repo):
    text = f'{HEAD}users: [{{name: u, username: me, password: "ref+default://u"}}]\n'
    repo.spec.write_text(text)
    repo.commit()
    repo.edit(("username: me", "username: root"))

    done = repo()

    assert done.returncode == 1
    assert "username: me -> root" in done.stdout


# What is wrong, and where


def test_what_is_wrong_in_a_revision_is_told_with_its_name(repo):
    repo.edit(("cluster: dev-eu", "cluster: nowhere"))
    repo.commit()
    repo.edit(("cluster: nowhere", "cluster: dev-eu"))

    done = repo()

    assert done.returncode == 2
    assert done.stderr.startswith("HEAD:kcfg.yaml:11:")
    assert "cluster 'nowhere' is not declared" in done.stderr
    assert repo(since="HEAD~1").returncode == 0
    assert repo("--to", "HEAD", since="HEAD~1").stderr.startswith("HEAD:kcfg.yaml:11:")


def test_a_missing_certificate_of_a_revision(repo):
    path = repo.folder / "pki" / "ca.crt"
    pem = path.read_bytes()
    path.unlink()
    repo.commit()
    path.write_bytes(pem)

    done = repo()

    assert done.returncode == 2
    assert done.stderr.startswith("HEAD:kcfg.yaml:5:")


def test_a_required_variable_needs_no_value_to_be_compared(repo):
    repo.edit(
        ("https://dev-eu", "https://${zone}"), ("clusters:\n", "variables: {zone: {required: true}}\nclusters:\n")
    )

    assert "server: https://dev-eu.example.com -> https://${zone}.example.com" in repo().stdout


# Formats


def test_markdown_has_a_heading_for_each_environment_that_differs(repo):
    repo.edit(PATCHED)

    lines = repo("-o", "markdown").stdout.splitlines()

    assert lines[0] == "### HEAD → work tree"
    assert [line for line in lines if line.startswith("#### ")] == ["#### environment prod"]
    assert "| environment dev | no differences |" in lines
    assert "| environment prod | 1 to update, 2 unchanged |" in lines
    assert "| change | entry | fields |" in lines
    cell = "server: https://prod-eu.example.com → https://evil.example.com<br>proxy-url: http://proxy.example.com → "
    assert f"| `~` update | cluster/prod-eu | {cell}\\(none\\) |" in lines


def test_a_comment_stays_as_small_as_github_takes(repo):
    names = [f"c{number}" for number in range(500)]
    entries = "".join(f"- {{name: {name}, server: 'https://{name}.example.com'}}\n" for name in names)
    spec = f"{HEAD}clusters:\n{entries}environments:\n" + "".join(
        f"- {{name: e{number}, credentials: omit}}\n" for number in range(30)
    )
    repo.spec.write_text(spec)
    repo.commit()
    repo.spec.write_text(spec.replace(".example.com", ".example.org"))

    text = repo("-o", "markdown").stdout

    assert len(text) < 65_536
    assert text.count("#### ") == 31
    assert "… and 494 more" in text


def test_unified_is_taken_by_programs_that_read_diffs(repo):
    repo.edit(PATCHED)

    lines = repo("-o", "unified").stdout.splitlines()

    assert lines[0] == "# spec acme: no differences"
    assert lines[1] == "# environment prod: 1 to update, 2 unchanged"
    assert lines[2:4] == ["--- actual/cluster/prod-eu", "+++ target/cluster/prod-eu"]


# The live kubeconfig


def test_live_each_environment(repo, tmp_path):
    config = tmp_path / "config"
    words = ("--kubeconfig", config, "--all-environments")

    done = repo.kcfg("diff", *words, "--credentials", "exec", cwd=repo.folder)
    found = json.loads(repo.kcfg("diff", *words, "-o", "json", cwd=repo.folder).stdout)

    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("environment")] == [
        "environment prod", "environment dev", "environment ci",
    ]  # fmt: skip
    assert [part["counts"] for part in found] == [{"create": 3}, {"create": 3}, {"create": 5}]
    assert {part["kubeconfig"] for part in found} == {str(config)}
    assert not config.exists()


def test_live_all_environments_where_it_makes_no_sense(repo, tmp_path):
    def said(*words):
        done = repo.kcfg("diff", *words, cwd=repo.folder)
        assert done.returncode == 2
        return done.stderr

    assert "each would prune what the others" in said("--all-environments", "--prune")
    assert "exclude one another" in said("--all-environments", "-e", "prod")
    assert "--all-environments" in said("kcfg.yaml", "kcfg.yaml", "--all-environments")
    repo.spec.write_text(f"{HEAD}users: [{{name: a}}]\n")
    assert "declares no environment" in said("--all-environments")
    repo.commit()
    assert "neither HEAD nor the work tree declares an environment" in repo("--all-environments").stderr


@pytest.mark.parametrize("output", ["text", "unified", "json", "markdown"])
def test_no_secret_of_a_store_is_shown_or_read(repo, output, monkeypatch):
    for name in ("ONE_BOT", "TWO_BOT"):
        monkeypatch.setenv(name, "fake-token")
    repo.edit(("prefix: ONE_", "prefix: TWO_"))

    done = repo("-o", output)

    assert done.returncode == 1
    assert "REDACTED" in done.stdout
    assert "fake-token" not in done.stdout + done.stderr
    read = repo("-o", output, "-e", "ci", "--read-secrets")
    assert "fake-token" not in read.stdout + read.stderr
