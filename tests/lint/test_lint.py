"""Levels, comments that let a finding stand, selection, repairs and exit codes of `kcfg lint`."""

import base64
import json
import stat

import pytest
from lint_world import FILES, filled_in

from kcfg.cli.shared.subjects import open_subjects
from kcfg.lint.open import real_outside

KUBECONFIG = """# ours
apiVersion: v1
kind: Config
clusters:
- name: a   # the first
  cluster: {server: "http://a.example.com"}
contexts:
- {name: a, context: {cluster: a}}
current-context: a
"""
SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
clusters:
- {name: a, server: "https://a.example.com", insecure-skip-tls-verify: true}
contexts:
- {name: a, cluster: a}
"""


@pytest.fixture
def found(kcfg, world):
    """Run lint with -o json: (exit code, [(rule, level, line)])."""

    def run(*words, **more):
        done = kcfg("lint", *words, "-o", "json", cwd=world, **more)
        problems = json.loads(done.stdout)["problems"]
        return done.returncode, [(each["rule"], each["level"], each["line"]) for each in problems]

    return run


def test_a_kubeconfig_by_name(found, world):
    (world / "config").write_text(KUBECONFIG)

    assert found("config") == (1, [("KCFG502", "error", 6)])
    assert found("--kubeconfig", "config") == (1, [("KCFG502", "error", 6)])


def test_without_a_spec_the_search_path(world, monkeypatch):
    monkeypatch.setattr("kcfg.spec.find.FILE_NAMES", ("no-such-spec.yaml",))  # whatever lies in folders above
    monkeypatch.setenv("KUBECONFIG", "absent:config:other")
    for name in ("config", "other"):
        (world / name).write_text(KUBECONFIG)
    (subject,) = open_subjects((), None, None, real_outside())

    assert [file.path for file in subject.files] == ["config", "other"]
    assert subject.kind == "kubeconfig"


def test_the_nearest_spec_goes_before_the_search_path(found, world):
    (world / "config").write_text(KUBECONFIG)
    (world / "kcfg.yaml").write_text(SPEC)
    (world / "below").mkdir()

    assert found(env={"KUBECONFIG": "config"}) == (0, [("KCFG501", "warning", 5)])
    assert found("kcfg.yaml", "config")[1] == [("KCFG501", "warning", 5), ("KCFG502", "error", 6)]


@pytest.mark.parametrize(("level", "code"), [("error", 0), ("warning", 1), ("info", 1)])
def test_fail_on(level, code, found, world):
    (world / "kcfg.yaml").write_text(SPEC)

    assert found("--fail-on", level)[0] == code


@pytest.mark.parametrize(("level", "code", "number"), [("error", 1, 1), ("info", 0, 1), ("off", 0, 0)])
def test_levels_of_the_spec(level, code, number, found, world):
    (world / "kcfg.yaml").write_text(f"{SPEC}lint: {{KCFG501: {level!r}}}\n")
    result = found()

    assert result == (code, [("KCFG501", level, 5)] * number)


def test_a_bare_off_is_no_boolean(found, world):
    (world / "kcfg.yaml").write_text(f"{SPEC}lint: {{KCFG501: off}}\n")

    assert found() == (0, [])


@pytest.mark.parametrize(
    ("levels", "number"),
    [("{'KCFG5*': off}", 0), ("{'KCFG5*': off, KCFG501: error}", 1), ("{KCFG501: error, 'KCFG*': off}", 1)],
)
def test_a_glob_gives_its_rules_a_level_and_an_id_beats_it(levels, number, found, world):
    (world / "kcfg.yaml").write_text(f"{SPEC}lint: {levels}\n")

    assert found() == (min(number, 1), [("KCFG501", "error", 5)] * number)


def test_levels_reach_what_validate_finds_too(found, world):
    (world / "kcfg.yaml").write_text(SPEC + "users:\n- {name: u, token: hunter2}\n")
    assert ("KCFG201", "error", 9) in found()[1]
    (world / "kcfg.yaml").write_text(SPEC + "users:\n- {name: u, token: hunter2}\nlint: {KCFG201: info}\n")

    assert ("KCFG201", "info", 9) in found()[1]


def test_an_unknown_rule_is_an_error(kcfg, world):
    (world / "kcfg.yaml").write_text(SPEC + "lint: {KCFG999: off}\n")
    done = kcfg("lint", cwd=world)
    assert (done.returncode, "no rule 'KCFG999'" in done.stdout) == (1, True)
    (world / "kcfg.yaml").write_text(SPEC)

    assert kcfg("lint", "--rule", "KCFG9*", cwd=world).returncode == 2


@pytest.mark.parametrize(
    ("comment", "stands"),
    [
        ("insecure-skip-tls-verify: true  # kcfg:ignore KCFG501 a local cluster", True),
        ("# kcfg:ignore KCFG501 a local cluster\n  insecure-skip-tls-verify: true", True),
        ("# kcfg:ignore KCFG201, KCFG501 both\n  # and more words\n  insecure-skip-tls-verify: true", True),
        ("insecure-skip-tls-verify: true  # kcfg:ignore KCFG502 another rule", False),
        ("# kcfg:ignore KCFG501 too far away\n  tls-server-name: a\n  insecure-skip-tls-verify: true", False),
    ],
)
def test_a_comment_lets_a_finding_stand(comment, stands, kcfg, world):
    block = f"- name: a\n  server: https://a.example.com\n  {comment}\n"
    (world / "kcfg.yaml").write_text(
        SPEC.partition("- {name: a, server")[0] + block + "contexts:\n- {name: a, cluster: a}\n"
    )
    done = kcfg("lint", cwd=world)

    assert ("KCFG501" not in done.stdout) == stands
    assert ("1 ignored by comments" in done.stderr) == stands


def test_selection_of_rules(found, world):
    (world / "config").write_text(KUBECONFIG.replace("context: {cluster: a}", "context: {cluster: b}"))
    assert {rule for rule, _, _ in found("config")[1]} == {"KCFG102", "KCFG502", "KCFG503"}
    assert [rule for rule, _, _ in found("config", "--rule", "KCFG5*")[1]] == ["KCFG503", "KCFG502"]

    assert [rule for rule, _, _ in found("config", "--ignore", "KCFG5*")[1]] == ["KCFG102"]


@pytest.mark.parametrize("text", ["clusters: [", "clusters: 5\n", "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nx: [\n"])
def test_what_cannot_be_read_is_2_whatever_is_ignored(text, found, world):
    (world / "bad").write_text(text)

    assert found("bad", "--ignore", "KCFG*", "--rule", "KCFG201")[0] == 2
    assert found("absent")[0] == 2


def test_a_spec_of_the_wrong_shape_is_1(found, world):
    (world / "kcfg.yaml").write_text(SPEC + "colour: red\n")

    assert found() == (1, [("KCFG002", "error", 8)])


def test_fix_repairs_modes_and_base64_and_keeps_all_other_bytes(kcfg, world):
    wrapped = base64.encodebytes(FILES["ca.crt"]).decode().replace("\n", "\n      ").rstrip()
    text = filled_in(
        f'# ours\r\nclusters:\r\n- name: "a"   # first\r\n  cluster:\r\n    server: https://a.example.com\r\n'
        f"    certificate-authority-data: |\r\n      {wrapped}\r\nusers:\r\n- {{name: u, user: {{token: hunter2}}}}\r\n"
    )
    path = world / "config"
    path.write_bytes(text.encode())
    path.chmod(0o644)
    assert "KCFG408" in (before_fix := kcfg("lint", "config", cwd=world).stdout)
    assert "KCFG206" in before_fix
    done = kcfg("lint", "config", "--fix", cwd=world)
    after = path.read_bytes().decode()

    assert "config fixed" in done.stderr
    assert "KCFG408" not in done.stdout
    assert "KCFG206" not in done.stdout
    assert "KCFG201" in done.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    data = base64.b64encode(FILES["ca.crt"]).decode()
    assert data in after.replace("\r\n", "").replace(" ", "")
    before, changed = text.splitlines(keepends=True), after.splitlines(keepends=True)
    assert changed[:5] == before[:5]
    assert changed[-2:] == before[-2:]


def test_fix_leaves_what_a_comment_lets_stand(kcfg, world):
    path = world / "config"
    path.write_text("# kcfg:ignore KCFG206 shared on purpose\nusers:\n- {name: u, user: {token: hunter2}}\n")
    path.chmod(0o644)
    kcfg("lint", "config", "--fix", cwd=world)

    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_fix_in_a_spec(kcfg, world):
    data = base64.b64encode(FILES["ca.crt"]).decode()
    (world / "kcfg.yaml").write_text(
        f"{SPEC.partition('clusters')[0]}clusters:\n- name: a   # ours\n  cluster:\n    server: https://a.example.com\n"
        f'    certificate-authority-data: "{data[:60]}\\n{data[60:]}"\ncontexts:\n- {{name: a, cluster: a}}\n'
    )
    done = kcfg("lint", "--fix", cwd=world)

    assert (done.returncode, done.stdout) == (0, "")
    assert f'    certificate-authority-data: "{data}"\n' in (world / "kcfg.yaml").read_text()
    assert "- name: a   # ours\n" in (world / "kcfg.yaml").read_text()


def test_fix_does_not_mistake_a_document_for_another(kcfg, world):
    one, two = (base64.b64encode(FILES[name]).decode() for name in ("ca.crt", "client.crt"))
    document = "clusters:\n- name: NAME\n  server: https://NAME.example.com\n  certificate-authority-data: DATA\n"
    first = SPEC.partition("clusters")[0] + document.replace("NAME", "a").replace("DATA", one)
    second = "---\napiVersion: kcfg/v1\nkind: KubeconfigSpec\n" + document.replace("NAME", "b").replace(
        "DATA", f'"{two[:60]}\\n{two[60:]}"'
    )
    (world / "kcfg.yaml").write_text(first + second)
    done = kcfg("lint", "--fix", cwd=world)

    assert "KCFG408" in done.stdout
    assert (world / "kcfg.yaml").read_text() == first + second


def test_nothing_found_is_said_on_stderr(kcfg, world):
    (world / "config").write_text(KUBECONFIG.replace("http://", "https://"))
    done = kcfg("lint", "config", cwd=world)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "kcfg: no problems\n")


HOSTILE = ['"\\0"', "http://[", "'https://a:b@c:99999'", "..", "/", "ref+x", "'%'", "LS0t", "eyJ.a.b", "''", "'\u2028'"]
FIELDS = {
    "clusters": ("server", "proxy-url", "certificate-authority", "certificate-authority-data", "tls-server-name"),
    "users": ("client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile"),
    "contexts": ("cluster", "user", "namespace"),
}


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("head", [KUBECONFIG.partition("clusters:")[0], SPEC.partition("clusters:")[0]])
def test_hostile_values_are_findings_and_no_bugs(head, value, kcfg, world):
    text = head
    for section, fields in FIELDS.items():
        wrapper = section.removesuffix("s")
        entries = [f"- name: {field}\n  {wrapper}:\n    {field}: {value}\n" for field in fields]
        text += f"{section}:\n" + "".join(entries)
    exec_ = "apiVersion: client.authentication.k8s.io/v1beta1"
    text += "- name: x\n  context: {cluster: server, user: x}\n".replace("x}", "token}")
    text = text.replace(
        "contexts:", f"- name: e\n  user: {{exec: {{{exec_}, command: {value}, args: [{value}]}}}}\ncontexts:"
    )
    (world / "hostile").write_text(text)
    done = kcfg("lint", "hostile", "--fix", cwd=world)

    assert done.returncode in (1, 2), done.stderr
    assert "bug" not in done.stderr


def test_parts_of_a_spec_stand_for_the_spec(found, world):
    (world / "kcfg.yaml").write_text(SPEC.partition("clusters:")[0] + "include: [parts/*.yaml]\n")
    (world / "parts").mkdir()
    head = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\n"
    (world / "parts/a.yaml").write_text(head + "clusters:\n" + SPEC.partition("clusters:\n")[2])
    (world / "parts/b.yaml").write_text(head + "contexts:\n- {name: b, cluster: a}\n")

    assert found("parts/a.yaml", "parts/b.yaml", "kcfg.yaml", ".") == (0, [("KCFG501", "warning", 4)])


def test_a_kubeconfig_on_standard_input(kcfg, world):
    assert kcfg("lint", "--kubeconfig", "-", stdin=KUBECONFIG, cwd=world).stdout.startswith("<stdin>:6:21: error: ")


def test_a_spec_on_standard_input(kcfg, world):
    done = kcfg("lint", "-f", "-", stdin=SPEC, cwd=world)

    assert done.stdout.startswith("<stdin>:5:")


LAYERED = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: demo}
variables:
  scheme: {default: https}
clusters:
- {name: a, server: "${scheme}://a.example.com", labels: {env: prod}}
users:
- name: ci
  exec: {apiVersion: client.authentication.k8s.io/v1, command: ci-login, interactiveMode: Never}
contexts:
- {name: a, cluster: a}
generate:
- forEach: {tier: [dev, stage]}
  cluster: {name: "{tier}", server: "https://{tier}.example.com", insecure-skip-tls-verify: true}
  context: {name: "{tier}"}
environments:
- name: prod
  select: {matchLabels: {env: prod}}
- name: ci
  extends: prod
  patches:
  - target: {kind: Cluster, name: a}
    merge: {insecure-skip-tls-verify: true}
  - target: {kind: Context, name: a}
    merge: {user: ci}
"""


def test_the_whole_spec_and_its_environments(found, world):
    (world / "kcfg.yaml").write_text(LAYERED)
    only = ("--rule", "KCFG5*")

    assert found(*only) == (0, [("KCFG501", "warning", 15)])  # one template, one finding; ci is used by an environment
    assert found(*only, "-e", "prod") == (0, [])
    assert found(*only, "-e", "ci") == (0, [("KCFG501", "warning", 24)])  # where the patch says so
    assert found(*only, "--set", "scheme=http")[1][0] == ("KCFG502", "error", 7)
    assert found("kcfg.yaml", *only, "-e", "ci")[1] == [("KCFG501", "warning", 24)]


def test_an_environment_that_is_not_declared(kcfg, world):
    (world / "kcfg.yaml").write_text(LAYERED)
    done = kcfg("lint", "-e", "prd", cwd=world)

    assert (done.returncode, "did you mean 'prod'?" in done.stderr) == (2, True)


def test_what_an_environment_makes_invalid_is_found_without_it(found, world):
    (world / "kcfg.yaml").write_text(LAYERED.replace("{kind: Cluster, name: a}", "{kind: Cluster, name: z}"))

    assert ("KCFG114", "error", 23) in found()[1]


def test_explain_tells_rules_by_their_id(kcfg):
    done = kcfg("explain", "kcfg501")

    assert done.returncode == 0
    assert done.stdout.startswith("KCFG501: certificate is not verified (warning)")
    assert kcfg("explain", "KCFG114").stdout.startswith("KCFG114: patch that cannot be applied")
    assert kcfg("explain", "KCFG999").returncode == 2
