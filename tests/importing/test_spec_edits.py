"""`kcfg spec set-*`, `delete`, `rename`: only the lines concerned change, secrets go to the store, nothing breaks."""

import pytest
import yaml
from samples import AUTHORITY, CERTIFICATE, KEY

ROOT = """\
# our clusters
apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}   # scopes secrets
include: [users.yaml]
secretStores:
- name: default
  provider: file
  file: {directory: store}
clusters:
# the first
- name: dev   # small
  server: "https://dev.example.com:6443"
- {name: prod, server: "https://prod.example.com:6443"}
contexts:
- name: dev
  cluster: dev
  user: ci
- name: prod
  context: {cluster: prod, user: ci}   # pasted
generate:
- forEach: {tier: [a, b]}
  cluster: {name: "gen-{tier}", server: "https://{tier}.example.com"}
  context: {name: "gen-{tier}", user: ci}
current-context: dev  # the default
environments:
- name: small
  select: {names: [dev, gen-a]}
  patches:
  - target: {kind: User, name: ci}
    merge: {as: ops}
"""
USERS = """\
apiVersion: kcfg/v1
kind: KubeconfigSpec
users:
- name: ci
  # rotated monthly
  token:
    secretRef: {key: ci/token}
---
apiVersion: kcfg/v1
kind: KubeconfigSpec
users:
- {name: admin, username: admin}
"""
TOKEN = "canary-token-7f0e"


@pytest.fixture
def acme(tmp_path):
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "kcfg.yaml").write_text(ROOT)
    (folder / "users.yaml").write_text(USERS)
    return folder


@pytest.fixture
def spec(kcfg, acme):
    """Run `kcfg spec …` on acme."""
    return lambda *words, stdin="": kcfg("spec", *words, "-f", "acme", stdin=stdin)


def lines_changed(before, after):
    """Return (lines gone, lines added)."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def root(acme):
    return (acme / "kcfg.yaml").read_text()


def users(acme):
    return (acme / "users.yaml").read_text()


def test_a_field_of_a_cluster(spec, acme):
    done = spec("set-cluster", "dev", "--server", "https://new.example.com")

    assert (done.returncode, done.stdout) == (0, 'cluster "dev" configured in acme/kcfg.yaml\n'), done.stderr
    assert lines_changed(ROOT, root(acme)) == (
        ['  server: "https://dev.example.com:6443"'],
        ['  server: "https://new.example.com"'],
    )
    assert spec("set-cluster", "dev", "--server", "https://new.example.com").stdout.split()[2] == "unchanged"


def test_a_new_cluster_with_its_fields_in_order(spec, acme, tmp_path):
    (tmp_path / "ca.crt").write_bytes(AUTHORITY[0])
    words = ("--server", "https://x.example.com", "--certificate-authority", "ca.crt", "--proxy-url", "")
    done = spec("set-cluster", "x", *words, "--embed-certs", "--tls-server-name", "y")
    found = yaml.safe_load(root(acme))["clusters"]

    assert done.returncode == 0, done.stderr
    assert [each["name"] for each in found] == ["dev", "prod", "x"]
    assert list(found[2]) == ["name", "server", "tls-server-name", "certificate-authority-data"]
    assert lines_changed(ROOT, root(acme))[0] == []


def test_paths_are_written_for_the_file(spec, acme, tmp_path):
    (acme / "pki").mkdir()
    (acme / "pki/ca.crt").write_bytes(AUTHORITY[0])
    (tmp_path / "out.crt").write_bytes(AUTHORITY[0])
    assert spec("set-cluster", "dev", "--certificate-authority", "acme/pki/ca.crt").returncode == 0
    assert "  certificate-authority: pki/ca.crt\n" in root(acme)
    assert spec("set-cluster", "prod", "--certificate-authority", "out.crt").returncode == 0
    assert yaml.safe_load(root(acme))["clusters"][1]["certificate-authority"] == str(tmp_path / "out.crt")


def test_a_wrapped_context_stays_wrapped(spec, acme):
    assert spec("set-context", "prod", "-n", "web").returncode == 0

    assert "  context: {cluster: prod, user: ci, namespace: web}   # pasted\n" in root(acme)


def test_a_new_context_and_one_that_leads_nowhere(spec, acme):
    assert spec("set-context", "new", "--cluster", "prod", "--user", "admin").returncode == 0
    assert "- name: new\n  cluster: prod\n  user: admin\n" in root(acme)
    before = root(acme)
    done = spec("set-context", "bad", "--cluster", "nope")

    assert done.returncode == 2
    assert "after this change: cluster 'nope' is not declared" in done.stderr
    assert root(acme) == before


def test_a_token_goes_to_the_reference_that_is_there(spec, acme):
    done = spec("set-credentials", "ci", "--token", "-", stdin=TOKEN)

    assert (done.returncode, users(acme)) == (0, USERS), done.stderr
    assert (acme / "store/ci/token").read_text() == TOKEN
    assert TOKEN not in done.stdout + done.stderr
    assert spec("set-credentials", "ci", "--token", "-", stdin=f"{TOKEN}-2").returncode == 0
    assert (acme / "store/ci/token").read_text() == f"{TOKEN}-2"


def test_a_new_user_goes_to_the_file_of_users(spec, acme, tmp_path):
    (tmp_path / "a.crt").write_bytes(CERTIFICATE)
    (tmp_path / "a.key").write_bytes(KEY)
    words = ("--client-certificate", "a.crt", "--client-key", "a.key", "--embed-certs")
    done = spec("set-credentials", "New User", *words)

    assert done.returncode == 0, done.stderr
    (first, _) = yaml.safe_load_all(users(acme))
    added = first["users"][1]
    assert list(added) == ["name", "client-certificate-data", "client-key-data"]
    key = added["client-key-data"].removeprefix("ref+default://")
    assert (acme / "store" / key).read_text().strip() == KEY.decode().strip()
    assert lines_changed(USERS, users(acme))[0] == []
    assert KEY.decode().splitlines()[1] not in users(acme) + done.stdout + done.stderr


def test_a_key_of_another_certificate_is_refused_before_it_is_stored(spec, acme, tmp_path):
    (tmp_path / "a.crt").write_bytes(AUTHORITY[0])
    (tmp_path / "a.key").write_bytes(KEY)
    done = spec("set-credentials", "x", "--client-certificate", "a.crt", "--client-key", "a.key")

    assert done.returncode == 2
    assert "does not match" in done.stderr
    assert (users(acme), (acme / "store").exists()) == (USERS, False)


def test_another_item_of_the_same_key_is_not_written_over(spec, acme):
    (acme / "store/robot").mkdir(parents=True)
    (acme / "store/robot/token").write_text("theirs")
    (acme / "store/robot/token").chmod(0o600)
    assert spec("set-credentials", "robot", "--token", "-", stdin=TOKEN).returncode == 0

    assert (acme / "store/robot/token").read_text() == "theirs"
    assert "ref+default://robot-" in users(acme)


@pytest.mark.parametrize(
    "words",
    [
        ("--token", TOKEN),
        ("--exec-command", "x", "--exec-env", f"X_TOKEN={TOKEN}"),
        ("--auth-provider", "oidc", "--auth-provider-arg", f"id-token={TOKEN}"),
        ("--exec-command", "x", "--exec-arg", f"--token={TOKEN}"),
    ],
)
def test_no_secret_from_the_command_line(words, spec, acme):
    done = spec("set-credentials", "new", *words)

    assert done.returncode == 2
    assert TOKEN not in done.stdout + done.stderr
    assert users(acme) == USERS


def test_a_plugin(spec, acme):
    words = ("--exec-command", "login", "--exec-api-version", "client.authentication.k8s.io/v1", "--exec-arg", "a,b")
    done = spec("set-credentials", "sso", *words, "--exec-interactive-mode", "Never", "--exec-env", "A=1")
    (first, _) = yaml.safe_load_all(users(acme))

    assert done.returncode == 0, done.stderr
    assert first["users"][1]["exec"] == {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "login",
        "args": ["a", "b"],
        "env": [{"name": "A", "value": "1"}],
        "interactiveMode": "Never",
    }


def test_rename_follows_references_in_every_file(spec, acme, kcfg):
    done = spec("rename", "user", "ci", "robot")

    assert done.returncode == 0, done.stderr
    assert "- name: robot\n  # rotated monthly\n" in users(acme)
    assert root(acme) == ROOT.replace("user: ci", "user: robot").replace("name: ci}", "name: robot}")
    assert kcfg("validate", "-f", "acme").returncode == 0
    assert [each.name for each in acme.glob("*.lock")] == []


def test_rename_of_a_context_reaches_environments(spec, acme):
    assert spec("rename", "dev", "develop").returncode == 0

    assert "current-context: develop  # the default\n" in root(acme)
    assert "  select: {names: [develop, gen-a]}\n" in root(acme)
    assert "- name: develop\n  cluster: dev\n" in root(acme)


def test_generated_entries_are_refused_with_the_place(spec, acme):
    for words in (("rename", "gen-a", "x"), ("delete", "gen-a"), ("set-cluster", "gen-b", "--server", "https://x")):
        done = spec(*words)
        assert done.returncode == 2
        assert "acme/kcfg.yaml:23:" in done.stderr or "acme/kcfg.yaml:24:" in done.stderr, done.stderr
        assert "is made by a matrix" in done.stderr
    assert root(acme) == ROOT


def test_delete_keeps_what_is_needed(spec, acme):
    done = spec("delete", "cluster", "dev")
    assert (done.returncode, root(acme)) == (1, ROOT)
    assert "cluster 'dev' is still used by dev" in done.stderr
    done = spec("delete", "prod", "--cascade")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        'context "prod" deleted from acme/kcfg.yaml',
        'cluster "prod" deleted from acme/kcfg.yaml',
    ]
    assert "# the first\n- name: dev   # small\n" in root(acme)
    assert spec("delete", "user", "admin").returncode == 0
    assert list(yaml.safe_load_all(users(acme)))[1]["users"] == []


def test_delete_that_would_break_an_environment_is_refused(spec, acme):
    done = spec("delete", "dev")

    assert done.returncode == 2
    assert "context 'dev' is not declared" in done.stderr
    assert root(acme) == ROOT


def test_an_entry_of_an_include_changes_there_and_an_overridden_one_is_told(spec, acme):
    (acme / "kcfg.yaml").write_text(f"{ROOT}users:\n- {{name: admin, username: boss}}\n")
    done = spec("delete", "user", "admin")

    assert done.returncode == 0
    assert 'warning: acme/users.yaml has another user "admin": it counts now' in done.stderr
    assert users(acme) == USERS


def test_unknown_names_get_a_suggestion(spec):
    done = spec("rename", "cluster", "prd", "x")

    assert done.returncode == 2
    assert "did you mean 'prod'?" in done.stderr


def test_standard_input_cannot_be_edited(kcfg):
    head = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: a}\n"
    done = kcfg("spec", "set-cluster", "a", "--server", "https://a.example.com", "-f", "-", stdin=head)

    assert done.returncode == 2
    assert "standard input cannot be changed" in done.stderr
