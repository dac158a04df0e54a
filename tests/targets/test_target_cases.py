"""Every target renders its cases as they are written down; real kubectl and the formats' own sources agree."""

import json
import re
import subprocess
from base64 import b64encode

import jsonschema
import published
import pytest
import yaml
from cases import CASES, HERE, KEY, VALUES, refused, rendered, words
from kubeconfigs import without_empty_preferences

from kcfg.targets.targets import TARGETS, TEMPLATES

OBJECTS = sorted(HERE.glob("*/*/expected/*.yaml")) + sorted(HERE.glob("*/*/expected/kuberc"))


def shown(path):
    return path.relative_to(HERE).as_posix()


def test_every_target_has_a_folder_with_cases():
    assert {case.parent.name for case in CASES if (case / "expected").is_dir()} == set(TARGETS)


@rendered
def test_check_agrees_with_what_is_committed(case, kcfg):
    done = kcfg(*words(case), "--check", case / "expected", env=VALUES)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def files(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@rendered
def test_the_files_are_those_of_the_case(case, kcfg, tmp_path):
    out = tmp_path / "new" / "out"
    done = kcfg(*words(case), "--out", out, env=VALUES)
    assert done.returncode == 0, done.stderr
    if case.parent.name == "direnv":  # its kubeconfig has paths that start at its own place
        return

    assert files(out) == files(case / "expected")


@refused
def test_what_cannot_be_expressed_is_told_at_once_and_nothing_is_written(case, kcfg, tmp_path):
    done = kcfg(*words(case), "--out", tmp_path / "new" / "out", env=VALUES)

    assert done.returncode == 2
    assert done.stderr.replace(f"{case}/", "") == (case / "problems").read_text()
    assert not (tmp_path / "new").exists()


@refused
def test_nothing_is_printed_when_something_is_wrong(case, kcfg):
    assert kcfg(*words(case), env=VALUES).stdout == ""


@pytest.mark.parametrize("path", OBJECTS, ids=shown)
def test_objects_are_what_their_sources_define(path):
    found = yaml.safe_load(path.read_text())

    jsonschema.validate(found, published.OBJECTS[found["kind"]])


ARGOCD = [path for path in OBJECTS if path.parts[-4] == "argocd"]


@pytest.mark.parametrize("path", ARGOCD, ids=shown)
def test_argocd_config_has_the_fields_of_argo_cds_own_source(path):
    found = yaml.safe_load(path.read_text())

    jsonschema.validate(found["stringData"], published.ARGOCD_DATA)
    if not found["stringData"]["server"].startswith("arn:"):
        jsonschema.validate(json.loads(found["stringData"]["config"]), published.ARGOCD_CONFIG)
    assert found["metadata"]["labels"]["argocd.argoproj.io/secret-type"] == "cluster"


@pytest.mark.parametrize("field", ["bearertoken", "proxyURL"])
def test_the_schema_would_notice_a_misspelled_field(field):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"tlsClientConfig": {"insecure": False}, field: "x"}, published.ARGOCD_CONFIG)


@pytest.mark.parametrize("path", [path for path in OBJECTS if path.parts[-4] == "capi"], ids=shown)
def test_cluster_api_finds_its_secrets(path):
    found = yaml.safe_load(path.read_text())
    cluster = found["metadata"]["labels"]["cluster.x-k8s.io/cluster-name"]

    assert found["metadata"]["name"] == f"{cluster}-kubeconfig"
    assert found["type"] == "cluster.x-k8s.io/secret"
    assert yaml.safe_load(found["stringData"]["value"])["kind"] == "Config"


PROFILES = [path for path in OBJECTS if path.parts[-4] == "clusterprofile"]


def test_each_cluster_profile_names_a_provider_that_its_consumers_get():
    """The manager's label has the manager's name (KEP-4322), and no object for `apply -l` besides has it."""
    found = [yaml.safe_load(path.read_text()) for path in PROFILES]
    (providers,) = [each["data"]["clusterprofile-provider-file.json"] for each in found if each["kind"] == "ConfigMap"]
    profiles = [each for each in found if each["kind"] == "ClusterProfile"]

    jsonschema.validate(json.loads(providers), published.PROVIDERS)
    names = {each["name"] for each in json.loads(providers)["providers"]}
    assert names == {access["name"] for each in profiles for access in each["status"]["accessProviders"]}
    for each in profiles:
        assert each["metadata"]["labels"]["x-k8s.io/cluster-manager"] == each["spec"]["clusterManager"]["name"]
    assert [each["kind"] for each in found if "labels" not in each["metadata"]] == ["ConfigMap"]


@pytest.mark.kubectl
def test_kubectl_parses_every_object_offline(kubectl):
    """All in one run, which prints what it read in the order of the files, without a line between."""
    paths = [path for path in OBJECTS if path.suffix == ".yaml"]
    done = kubectl("label", "--local", *(word for path in paths for word in ("-f", path)), "-o", "yaml", "x=y")

    assert done.returncode == 0, done.stderr
    texts = re.split(r"^(?=apiVersion: )", done.stdout, flags=re.MULTILINE)[1:]
    for path, text in zip(paths, texts, strict=True):
        found, given = yaml.safe_load(text), yaml.safe_load(path.read_text())
        assert found["metadata"]["labels"].pop("x") == "y", shown(path)
        given["metadata"].setdefault("labels", {})
        assert {key: found[key] for key in given} == given, shown(path)


@pytest.mark.kubectl
@pytest.mark.parametrize("path", [path for path in OBJECTS if path.parts[-4] in ("capi", "flux", "secret")], ids=shown)
def test_kubectl_reads_the_kubeconfig_inside(path, kubectl, tmp_path):
    inside = tmp_path / "kubeconfig"
    found = yaml.safe_load(path.read_text())
    if found["kind"] == "ConfigMap":
        assert found["data"]["address"].startswith("https://")
        return
    inside.write_text(next(iter(found["stringData"].values())))

    done = kubectl("config", "view", "--raw", "--kubeconfig", inside)

    assert without_empty_preferences(done.stdout) == inside.read_text()


# What the External Secrets Operator makes of the few expressions that kcfg writes (Go templates with sprig).
EXPRESSION = re.compile(r'\{\{ (?:"(\{\{)"|\.(\w+) \| (b64enc|trimSuffix "\\n" \| trimSuffix "\\r") \| toJson) \}\}')
FETCHED = {"robot_token": "of-the-robot\n", "admin_key": KEY}


def evaluated(text):
    def value(found):
        if found[1]:
            return found[1]
        fetched = FETCHED[found[2]]
        return json.dumps(b64encode(fetched.encode()).decode() if found[3] == "b64enc" else fetched.rstrip("\r\n"))

    assert "{{" not in EXPRESSION.sub("", text)
    return EXPRESSION.sub(value, text)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", ["prod-eu.yaml", "dev.yaml"])
def test_the_operator_makes_what_inline_would_have_written(template, name):
    external = yaml.safe_load((HERE / "external-secrets" / template / "expected" / name).read_text())
    inline = yaml.safe_load((HERE / template / "inline" / "expected" / name).read_text())
    made = external["spec"]["target"]["template"]

    assert {key: yaml.safe_load(evaluated(text)) for key, text in made["data"].items()} == {
        key: yaml.safe_load(text) for key, text in inline["stringData"].items()
    }
    assert external["spec"]["target"]["name"] == inline["metadata"]["name"]
    assert made["type"] == inline["type"]
    assert made.get("metadata", {}).get("labels") == inline["metadata"].get("labels")


def test_literal_braces_survive_the_operator():
    external = yaml.safe_load((HERE / "external-secrets/argocd/expected/x.yaml").read_text())

    assert evaluated(external["spec"]["target"]["template"]["data"]["name"]) == "{{x}}"


@pytest.mark.kubectl
def test_direnv_points_kubectl_at_the_kubeconfig(kubectl_path, tmp_path):
    place = HERE / "direnv/folder/expected"
    script = f'watch_file() {{ test -f "$1"; }}; set -e; . ./.envrc; {kubectl_path} config current-context'
    done = subprocess.run(["sh", "-c", script], cwd=place, capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("a\n", "")
