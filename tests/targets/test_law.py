"""The law of targets: what a spec says of a cluster, user or context is carried, refused or told, in every target.

Every field of the spec's schema is changed in each of some worlds; what the target's reader gets with and without it is
compared. What an engine reads of a kubeconfig are recorded facts: `flux_reads`, `argocd_reads`, `profile_reads`.
"""

import copy
import functools
import json
import shutil
from base64 import b64encode
from collections import Counter, defaultdict

import pytest
import yaml
from cases import HERE, KEY

from kcfg.errors import KcfgError, SpecError
from kcfg.secrets.secret import Secret
from kcfg.spec.check import check_spec
from kcfg.spec.environments import resolve
from kcfg.spec.load import load_spec
from kcfg.targets import argocd, flux
from kcfg.targets.fields import Engine
from kcfg.targets.job import Job
from kcfg.targets.render import render_to
from kcfg.targets.targets import TARGETS, TEMPLATES

SCHEMA = json.loads((HERE.parent.parent / "schemas/kcfg-spec.v1.schema.json").read_text())["$defs"]
SECTIONS = {"clusters": "Cluster", "users": "User", "contexts": "Context"}

# kcfg's own fields, which no kubeconfig has: they may be silent. Whoever adds one says why.
OWN = {
    "merge": "how files are laid over each other, in every entry; gone when the spec is whole",
    "clusters.labels": "selects; an object gets them where there is one for each cluster",
    "users.labels": "selects",
    "contexts.labels": "selects; an object gets them where there is one for each cluster",
    "contexts.protected": "asks before kcfg uses it",
    "users.credentials": "how `render` delivers; a target has --credentials",
    "users.name": "refers; an engine's object has no place for it",
    "contexts.name": "refers; an engine's object has no place for it",
    "clusters.argocd": "what Argo CD keeps, for its target alone",
    "clusters.flux": "how Flux signs in, for its target alone",
}
# kubelogin takes no --environment with this login: what `auth` expands to has no place for it (spec/presets.py).
# The preset aws-eks says that the provider is aws: `flux` that says so, too, says nothing more.
NOWHERE = {("users.auth.azure-kubelogin.environment", "azure"), ("clusters.flux.provider", "eks")}
# Not for a cluster, but for kubectl and k9s: beside the kubeconfig, which has everything else.
WITHOUT_CLUSTERS = {"kuberc", "k9s"}
PER_CLUSTER = "per-cluster"
# Here kcfg-credential is at hand: which account a user is stands in the trust record, and no output chooses it.
OF_THIS_MACHINE = {"kubectl", "direnv"}

ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/prod"
CA = (HERE / "ca.crt").read_bytes()
EXEC = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "command": "argocd-k8s-auth",
    "args": ["aws"],
    "interactiveMode": "Never",
}
EXTENSION = [{"name": "tool.example.com", "extension": {"a": 1}}]
CONFIG = [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}]
REF = "ref+default://robot/token"
VALUES = {
    "clusters.name": "other",
    "clusters.labels": {"env": "prod"},
    "clusters.server": "https://other.example.com:6443",
    "clusters.certificate-authority": "ca.crt",
    "clusters.certificate-authority-data": b64encode(CA).decode(),
    "clusters.proxy-url": "http://proxy.example.com:3128",
    "clusters.argocd": {"project": "shop"},
    "clusters.flux": {"provider": "generic"},
    "clusters.argocd.server": "https://a.example.com?__uid=second",
    "clusters.argocd.annotations": {"example.com/team": "shop"},
    "clusters.flux.provider": "aws",
    "clusters.flux.cluster": "arn:aws:eks:eu-west-1:111122223333:cluster/second",
    "users.client-certificate": "client.crt",
    "users.client-certificate-data": b64encode((HERE / "client.crt").read_bytes()).decode(),
    "users.client-key": "client.key",
    "users.client-key-data": "ref+default://admin/client-key",
    "users.token": REF,
    "users.tokenFile": "token",
    "users.password": REF,
    "users.as-user-extra": {"reason": ["x"]},
    "users.labels": {"env": "prod"},
    "users.auth": {"oidc": {"issuer-url": "https://sso.example.com", "client-id": "x"}},
    "users.auth.aws-eks": {"cluster": "prod"},
    "users.auth.azure-kubelogin": {"login": "workloadidentity"},
    "users.auth.azure-kubelogin.login": "msi",
    "users.auth.oidc": {"issuer-url": "https://sso.example.com", "client-id": "x"},
    "users.auth.oidc.issuer-url": "https://other.example.com",
    "users.auth.service-account": {"via": "boss", "namespace": "shop", "name": "agent"},
    "users.auth.service-account.via": "chief",
    "users.auth.service-account.ttl": "15m",
    "users.auth.service-account.bound-object": "pod/x",
    "users.auth.teleport": {"cluster": "x", "teleport-cluster": "y"},
    "users.auth-provider": {"name": "oidc", "config": {"client-id": "x"}},
    "users.auth-provider.config": {"client-id": "y"},
    "users.exec": EXEC,
    "users.exec.command": "kubectl",
    "users.exec.env": [{"name": "A", "value": "b"}],
    "contexts.labels": {"team": "shop"},
    "contexts.cluster": "b",
    "contexts.user": "u",
    "contexts.namespace": "web",
}
# What else has to change with a field, so that the spec is valid.
WITH = {
    "clusters.name": {"contexts": {"cluster": "other"}},
    "users.name": {"contexts": {"user": "x1"}},
    "users.as-uid": {"users": {"as": "x1"}},
    "users.as-groups": {"users": {"as": "x1"}},
    "users.as-user-extra": {"users": {"as": "x1"}},
    "users.username": {"users": {"password": REF}},
    "users.password": {"users": {"username": "x1"}},
    "users.client-certificate": {"users": {"client-key-data": VALUES["users.client-key-data"]}},
    "users.client-certificate-data": {"users": {"client-key-data": VALUES["users.client-key-data"]}},
    "users.client-key": {"users": {"client-certificate": "client.crt"}},
    "users.client-key-data": {"users": {"client-certificate": "client.crt"}},
}
A = {"name": "a", "server": "https://a.example.com"}
USERS = {
    "nobody": None,
    "empty": {},
    "token": {"token": REF},
    "plugin": {"exec": EXEC},
    "eks": {"auth": {"aws-eks": {"cluster": "prod"}}},
    "gke": {"auth": {"gke": {}}},
    "azure": {"auth": {"azure-kubelogin": {"login": "workloadidentity"}}},
    "person": {"auth": {"azure-kubelogin": {"login": "devicecode", "tenant-id": "t"}}},
    "oidc": {"auth": VALUES["users.auth"]},
    "teleport": {"auth": {"teleport": VALUES["users.auth.teleport"]}},
    "account": {"auth": {"service-account": VALUES["users.auth.service-account"]}},
    "legacy": {"auth-provider": VALUES["users.auth-provider"]},
}
CLUSTERS = {
    "bare": A,
    "trusted": A | {"certificate-authority": "ca.crt", "extensions": CONFIG},
    "arn": A | {"argocd": {"server": ARN}, "flux": {"cluster": ARN}},
    "generic": A | {"argocd": {"namespaces": ["x"]}, "flux": {"provider": "generic"}},
}


def resolved(schema):
    """A part of the schema without its indirections."""
    for key in ("then", "$ref"):
        found = schema.get(key)
        if key == "$ref" and found:
            return resolved(SCHEMA[found.rpartition("/")[2]])
        if isinstance(found, dict) and "SecretRefBox" not in json.dumps(found):
            return resolved(found)
    return schema


def fields(path, schema):
    """Every field below: (path, schema). One that is an object is there itself, and so are its own fields."""
    for name, part in resolved(schema).get("properties", {}).items():
        yield f"{path}.{name}", part
        yield from fields(f"{path}.{name}", part)


FIELDS = {
    path: part
    for section, name in SECTIONS.items()
    for path, part in fields(section, SCHEMA[name])
    if not path.endswith(".merge")
}


def others(path, part):
    """Values that the field may take instead."""
    if path == "clusters.extensions":
        return [EXTENSION, CONFIG]
    if path in VALUES:
        return [VALUES[path]]
    part = resolved(part)
    if "enum" in part:
        return [value for value in part["enum"] if value not in (None, False)]
    kinds = part.get("type")
    kind = kinds if isinstance(kinds, str) else next(each for each in kinds if each != "null")
    known = {"string": "x1", "boolean": True, "integer": 3, "array": ["x1"], "object": {}}
    return [EXTENSION if path.endswith(".extensions") else known[kind]]


def world(cluster, user):
    """A spec with one cluster and one way to it, and a second cluster."""
    context = {"name": "c", "cluster": "a"} | ({} if user is None else {"user": "u"})
    user = USERS["token"] if user is None else user
    return {
        "clusters": copy.deepcopy(cluster),
        "users": {"name": "u", **copy.deepcopy(user)},
        "contexts": context,
    }


# One way to sign in after the other; other clusters with those for whom the cluster matters.
WORLDS = {f"bare-{u}": world(A, USERS[u]) for u in USERS} | {
    f"{c}-{u}": world(CLUSTERS[c], USERS[u])
    for c in ("trusted", "arn", "generic")
    for u in ("nobody", "token", "plugin", "eks", "gke", "azure")
}


def changed(given, path, value):
    """A world with another value; None where the field has no place in it."""
    found = copy.deepcopy(given)
    section, *steps = path.split(".")
    place = found[section]
    for step in steps[:-1]:
        if not isinstance(place.get(step), dict):
            if not (step == "auth" and step not in place and len(steps) == 2):
                return None
            place[step] = {}
        place = place[step]
    if steps[0] == "auth" and len(steps) == 2 and place:
        return None  # exactly one preset
    if place.get(steps[-1]) == value:
        return None
    place[steps[-1]] = value
    for other, more in WITH.get(path, {}).items():
        found[other] |= {key: each for key, each in more.items() if key not in found[other] or other == "contexts"}
    if found["contexts"].get("user") is None and section == "users":
        return None
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("law")
    for name in ("ca.crt", "client.crt"):
        shutil.copy(HERE / name, folder)
    (folder / "client.key").write_text(KEY)
    (folder / "client.key").chmod(0o600)
    (folder / "token").write_text("of-a-file\n")
    return folder


def spec_of(place, given, current=""):
    """The spec of a world, or None where it is not valid."""
    body = {
        "apiVersion": "kcfg/v1",
        "kind": "KubeconfigSpec",
        "metadata": {"name": "law"},
        "clusters": [given["clusters"], {"name": "b", "server": "https://b.example.com"}],
        "users": [given["users"], *({"name": name, "token": REF} for name in ("boss", "chief"))],
        "contexts": [given["contexts"]],
    }
    if current:
        body["current-context"] = current
    (place / "kcfg.yaml").write_text(json.dumps(body))
    try:
        spec, _ = resolve(load_spec(str(place)), None, {})
    except SpecError:
        return None
    if any(each.level == "error" for each in check_spec(spec, spec.read)):
        return None
    return spec


def read_secret(ref):
    return Secret(KEY if "key" in ref.key else "t0")


# fluxcd/pkg runtime v0.122.0, client/kubeconfig.go, kubeconfig(): what is copied out of the kubeconfig.
FLUX_CLUSTER = {"server", "tls-server-name", "certificate-authority-data", "proxy-url", "disable-compression"}
FLUX_USER = {"client-certificate-data", "client-key-data", "token", "username", "password"}


_load = functools.partial(yaml.load, Loader=yaml.CSafeLoader)


def flux_reads(text):
    found = _load(text)
    if found["kind"] == "ConfigMap":
        return found
    config = _load(found["stringData"].pop("value"))
    (context,) = [each["context"] for each in config["contexts"] if each["name"] == config["current-context"]]
    named = {kind: {each["name"]: each[kind[:-1]] for each in config.get(kind) or []} for kind in ("clusters", "users")}
    cluster, user = named["clusters"][context["cluster"]], named["users"].get(context["user"]) or {}
    return found, {key: cluster.get(key) for key in FLUX_CLUSTER}, {key: user.get(key) for key in FLUX_USER}


def argocd_reads(text):
    """argoproj/argo-cd v3.6.1, types.go, RawRestConfig(): a plugin comes first, and then nothing else signs in."""
    found = _load(text)
    config = json.loads(found["stringData"].pop("config", "{}"))
    if "awsAuthConfig" in config or "execProviderConfig" in config:
        for key in ("username", "password", "bearerToken"):
            config.pop(key, None)
    return found, config


def profile_reads(text):
    """sigs.k8s.io/cluster-inventory-api v0.1.0, pkg/access/config.go, BuildConfigFromCP()."""
    found = _load(text)
    if found["kind"] == "ConfigMap":
        (providers,) = (json.loads(each)["providers"] for each in found["data"].values())
        known = ("apiVersion", "command", "args", "env", "provideClusterInfo")
        return {each["name"]: {key: each["execConfig"].get(key) for key in known} for each in providers}
    (access,) = found.pop("status")["accessProviders"]
    cluster = access["cluster"]
    read = {key: cluster.get(key) for key in ("server", "certificate-authority-data", "proxy-url")}
    known = {"client.authentication.k8s.io/exec"} | {
        f"clusterprofiles.multicluster.x-k8s.io/exec/additional-{each}" for each in ("args", "envs")
    }
    told = {each["name"]: each["extension"] for each in cluster.get("extensions", ()) if each["name"] in known}
    return found, access["name"], read, told


READERS = {"flux": flux_reads, "argocd": argocd_reads, "clusterprofile": profile_reads}
# Most changes of a spec change no text of most targets.
READERS = {target: functools.cache(reads) for target, reads in READERS.items()}


def outcome(spec, target, mode, template="argocd"):
    """(problems, notes, what the target's reader gets)."""
    job = Job(
        spec,
        list(spec.contexts),
        mode,
        read_secret if mode == "inline" else None,
        directory="/",
        plugins=frozenset(("kubectl", "tsh")),
        template=template,
        per_cluster=template == PER_CLUSTER,
    )
    try:
        texts = [READERS.get(target, str)(text) for _, text in render_to(target, job)]
    except SpecError as error:
        return [str(each) for each in error.problems], [], []
    except KcfgError as error:
        return [error.message], [], []
    return [], [*job.notes, *map(str, job.warnings)], texts


def is_told(path, notes):
    """Whether the note says the field's name: it may have another value in the world already."""
    name = path.rpartition(".")[2]
    words = [each for note in notes if "does not read" in note for each in note.partition("read ")[2].split(", ")]
    return any(word.partition(" ")[0] == name for word in words)


CASES = [
    (target, template, mode)
    for target in TARGETS
    if target not in WITHOUT_CLUSTERS
    for template in {"external-secrets": TEMPLATES, "secret": ("", PER_CLUSTER)}.get(target, ("",))
    for mode in ("exec", "inline")
    if (target, mode) not in {("secret", "exec"), ("kubectl", "inline"), ("external-secrets", "inline")}
    and (target, mode) != ("clusterprofile", "inline")  # no value has a place in it: as with exec
]


@pytest.fixture(scope="module")
def specs(place):
    """Every world, and every valid change of it, read once: (path, the world's spec, the changed one's)."""
    found = []
    bases = {name: spec_of(place, given) for name, given in WORLDS.items()}
    for name, given in WORLDS.items():
        if bases[name] is None:
            continue
        for path, part in FIELDS.items():
            for value in others(path, part):
                other = changed(given, path, value)
                spec = other and spec_of(place, other)
                if spec and (path, name.partition("-")[2]) not in NOWHERE:
                    found.append((f"{path}={value!r}", path, name, bases[name], spec))
        spec = spec_of(place, given, "c")
        found.append(("current-context", "current-context", name, bases[name], spec))
    return found


def test_every_field_has_a_valid_value_in_some_world(specs):
    assert {path for _, path, *_ in specs} == {*FIELDS, "current-context"}


def is_own(path, engine):
    """Whether a field is kcfg's own, and not just what this engine has it for."""
    if engine in (*TEMPLATES, PER_CLUSTER) and path.endswith(".labels") and not path.startswith("users."):
        return False
    if engine in OF_THIS_MACHINE and path.startswith("users.auth.service-account."):
        return True
    owns = (own for own in OWN if own != f"clusters.{engine}")
    return any(path == own or path.startswith(f"{own}.") for own in owns)


def law(specs, target, template="", mode="exec"):
    """(how many of each verdict, fields that are silent and the worlds where, the paths that were judged)."""
    counts, silent, judged = Counter(), defaultdict(set), set()
    bases = {}
    for label, path, name, base, spec in specs:
        if name not in bases:
            bases[name] = outcome(base, target, mode, template)
        problems, notes, texts = bases[name]
        if problems:
            continue
        judged.add(path)
        with_problems, with_notes, with_texts = outcome(spec, target, mode, template)
        if with_problems:
            verdict = "refused"
            assert ".as" not in path or any(f"{path.partition('.')[2]}: " in each for each in with_problems)
        elif with_notes != notes or is_told(path, with_notes):
            verdict = "told"
        elif with_texts != texts or (
            target == "secret" and not template and path == "current-context"
        ):  # the only one is the current
            verdict = "carried"
        elif is_own(path, template or target):
            verdict = "own"
        else:
            verdict = "silent"
            silent[label].add(name)
        counts[verdict] += 1
    # Where no world without the field can be rendered, it has to make a difference to what is wrong.
    for _, path, name, _, spec in specs:
        if path.count(".") == 1 and path not in judged and outcome(spec, target, mode, template)[0] != bases[name][0]:
            judged.add(path)
    return counts, silent, judged


@pytest.mark.parametrize(("target", "template", "mode"), CASES, ids=lambda each: each or "-")
def test_no_field_is_dropped_in_silence(target, template, mode, specs, capsys):
    counts, silent, judged = law(specs, target, template, mode)
    with capsys.disabled():
        four = ", ".join(f"{counts[each]} {each}" for each in ("carried", "refused", "told", "silent"))
        print(f"\n{target} {template} {mode}: {four} ({counts['own']} of kcfg's own)", end="")

    assert not dict(silent), "\n".join(f"SILENT {each}: {sorted(where)}" for each, where in silent.items())
    assert {path for path in FIELDS if path.count(".") == 1} - judged == set()
    assert counts["carried"] > 0


def test_the_law_notices_a_field_that_flux_drops(specs, monkeypatch):
    known = flux.ENGINE
    monkeypatch.setattr(flux, "ENGINE", Engine("Flux", {"as-uid": known.lost["as-uid"]}, known.unread))

    asked = {"users.as", "users.as-uid", "clusters.insecure-skip-tls-verify"}
    _, silent, _ = law([each for each in specs if each[1] in asked], "flux", mode="inline")

    assert {"users.as='x1'", "clusters.insecure-skip-tls-verify=True"} <= set(silent)
    assert "users.as-uid='x1'" not in silent


def test_the_law_notices_a_field_that_argo_cd_drops(specs, monkeypatch):
    monkeypatch.setattr(argocd, "told", lambda _: None)

    _, silent, _ = law([each for each in specs if each[1] == "clusters.extensions"], "argocd", mode="inline")

    assert any(each.startswith("clusters.extensions=") for each in silent)
