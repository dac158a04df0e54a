"""Synthetic fleets: kubeconfigs of any size with real X.509 certificates, and the equal spec.

A fleet is the same for the same seed: key pairs are made once and kept beside it, because RSA keys cannot be seeded.
40 % of the users have a client certificate, 45 % an exec plugin, 10 % a token, 5 % a password.

    python benchmarks/fleet.py 1000 out     # out/canonical.yaml, aws.yaml …, fleet.json, many/*.yaml, spec/kcfg.yaml
"""

import argparse
import base64
import datetime
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import forms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

KEYS = 64
YEAR = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
ENVIRONMENTS, REGIONS, SIGN_INS = ("dev", "stage", "prod"), ("eu-west-1", "us-east-1"), ("aws", "gke", "azure", "oidc")
EXEC_VERSION = "client.authentication.k8s.io/v1"
HERE = Path(__file__).parent


class Fleet:
    """`size` contexts, each with a cluster and a user of its own, as plain kubeconfig values."""

    def __init__(self, size: int, keys: list[rsa.RSAPrivateKey], seed: int) -> None:
        self._random = random.Random(seed)
        self._keys = keys
        self.names = [f"{self._pick(ENVIRONMENTS)}-{self._pick(REGIONS)}-{number:05}" for number in range(size)]
        self.kinds = [
            self._random.choices(("certificate", "exec", "token", "basic"), (40, 45, 10, 5))[0] for _ in self.names
        ]
        self.clusters = [{"name": name, "cluster": self._cluster(name)} for name in self.names]
        self.users = [
            {"name": f"{name}-user", "user": self._user(*each)}
            for each in zip(self.names, self.kinds, strict=True)
            for name in each[:1]
        ]
        self.contexts = [{"name": name, "context": self._context(name)} for name in self.names]

    def value(self) -> dict[str, object]:
        """Return the whole as one kubeconfig."""
        top = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": self.names[len(self.names) // 2],
        }
        return {**top, "clusters": self.clusters, "users": self.users, "contexts": self.contexts}

    def _pick(self, choices: tuple[str, ...]) -> str:
        return self._random.choice(choices)

    def _cluster(self, name: str) -> dict[str, object]:
        authority = self._certificate(f"{name}-ca")
        return {"server": f"https://{name}.example.com:6443", "certificate-authority-data": _base64(authority)}

    def _context(self, name: str) -> dict[str, object]:
        return {"cluster": name, "user": f"{name}-user", "namespace": self._pick(("default", "platform", "shop"))}

    def _user(self, name: str, kind: str) -> dict[str, object]:
        if kind == "certificate":
            key = self._random.choice(self._keys)
            pem = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            return {"client-certificate-data": _base64(self._certificate(name, key)), "client-key-data": _base64(pem)}
        if kind == "token":
            return {"token": f"bench-token-{name}"}
        if kind == "basic":
            return {"username": "bench", "password": f"bench-password-{name}"}
        return {
            "exec": {"apiVersion": EXEC_VERSION, "interactiveMode": "IfAvailable", "provideClusterInfo": False}
            | self._exec(name)
        }

    def _exec(self, name: str) -> dict[str, object]:
        kind = self._pick(SIGN_INS)
        if kind == "aws":
            args = ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", name, "--output", "json"]
            return {"command": "aws", "args": args, "env": [{"name": "AWS_PROFILE", "value": name}]}
        if kind == "gke":
            return {"command": "gke-gcloud-auth-plugin", "args": None, "env": None, "provideClusterInfo": True}
        if kind == "azure":
            return {
                "command": "kubelogin",
                "args": ["get-token", "--login", "azurecli", "--server-id", name],
                "env": None,
            }
        issuer = "--oidc-issuer-url=https://sign-in.example.com"
        return {
            "command": "kubectl",
            "args": ["oidc-login", "get-token", issuer, f"--oidc-client-id={name}"],
            "env": None,
        }

    def _certificate(self, name: str, key: rsa.RSAPrivateKey | None = None) -> bytes:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        key = key or self._random.choice(self._keys)
        builder = x509.CertificateBuilder(subject, subject, key.public_key(), self._random.getrandbits(120) + 1)
        builder = builder.not_valid_before(YEAR.replace(year=2026)).not_valid_after(YEAR.replace(year=2036))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def key_pool(folder: Path, seed: int) -> list[rsa.RSAPrivateKey]:
    """Return the key pairs of a seed, made once."""
    place = folder / f"keys-{seed}.pem"
    if not place.exists():
        made = [rsa.generate_private_key(65537, 2048) for _ in range(KEYS)]
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        place.write_bytes(b"".join(key.private_bytes(*form) for key in made))
    end = "-----END PRIVATE KEY-----\n"
    return [
        serialization.load_pem_private_key((part + end).encode(), None) for part in place.read_text().split(end)[:-1]
    ]


def handwritten(fleet: Fleet) -> str:
    """Return the fleet as people write it: comments, double quotes, name first, indented lists."""
    lines = [
        "# The fleet, by hand.",
        "apiVersion: v1",
        "kind: Config",
        f'current-context: "{fleet.value()["current-context"]}"',
    ]
    for section, items in (("clusters", fleet.clusters), ("contexts", fleet.contexts), ("users", fleet.users)):
        lines += ["", f"{section}:"]
        for number, item in enumerate(items):
            lines += [f"  # number {number}"] * (number % 10 == 0)
            lines.append(f"  - name: {item['name']}")
            wrapper = section.removesuffix("s")
            lines.append(f"    {wrapper}:")
            lines += _fields(item[wrapper], 6)
    return "\n".join(lines) + "\n"


def _fields(body: dict, indent: int) -> list[str]:
    pad, lines = " " * indent, []
    for key, value in reversed(body.items()):
        if isinstance(value, dict):
            lines += [f"{pad}{key}:", *_fields(value, indent + 2)]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [f"{pad}{key}:"]
            lines += [
                line
                for each in value
                for line in (f"{pad}  - name: {each['name']}", f'{pad}    value: "{each["value"]}"')
            ]
        elif isinstance(value, list):
            lines += [f"{pad}{key}:", *(f'{pad}  - "{each}"' for each in value)]
        elif isinstance(value, str) and key in ("server", "namespace", "token"):
            lines.append(f'{pad}{key}: "{value}"')
        else:
            lines.append(f"{pad}{key}: {json.dumps(value) if not isinstance(value, str) else value}")
    return lines


def spec(fleet: Fleet) -> str:
    """Return the equal spec: what is secret is a reference."""
    users = [
        {"name": item["name"], **_declared(item["name"], item["user"])}
        for item in fleet.users
        if "password" not in item["user"]
    ]
    known = {user["name"] for user in users}
    value = {
        "apiVersion": "kcfg/v1",
        "kind": "KubeconfigSpec",
        "metadata": {"name": "bench"},
        "secretStores": [{"name": "default", "provider": "env", "env": {"prefix": "BENCH_"}}],
        "clusters": [{"name": item["name"], **item["cluster"]} for item in fleet.clusters],
        "users": users,
        "contexts": [
            {"name": item["name"], **item["context"]} for item in fleet.contexts if item["context"]["user"] in known
        ],
    }
    import yaml

    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, width=10_000)


def _declared(name: str, body: dict) -> dict:
    secrets = {"client-key-data", "token"} & body.keys()
    kept = {field: value for field, value in body.items() if field not in secrets}
    return kept | {field: f"ref+default://{name}/{field.partition('-data')[0]}" for field in secrets}


def make(size: int, folder: Path, kubectl: str, seed: int = 1) -> Path:
    """Write a fleet in all its forms unless it is there; return its folder."""
    place = folder / f"fleet-{seed}-{size}-2"  # the last number: what is made of it
    if (place / "made").exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    (place / "many").mkdir(parents=True)
    fleet = Fleet(size, key_pool(folder, seed), seed)
    (place / "fleet.json").write_text(json.dumps(fleet.value(), indent=2))
    normalise(kubectl, place / "fleet.json", place / "canonical.yaml")
    (place / "handwritten.yaml").write_text(handwritten(fleet))
    (place / "spec").mkdir()
    (place / "spec" / "kcfg.yaml").write_text(spec(fleet))
    for name, value in (("aws", forms.aws(fleet)), ("gcloud", forms.gcloud(fleet)), ("az", forms.az(fleet))):
        (place / f"{name}.yaml").write_text(value)
    (place / "part.json").write_text(json.dumps(forms.minikube(fleet)))
    normalise(kubectl, place / "part.json", place / "minikube.yaml")
    (place / "part.json").write_text(json.dumps(forms.shared(fleet)))
    normalise(kubectl, place / "part.json", place / "shared.yaml")
    step = max(size // 100, 1)
    for number, start in enumerate(range(0, size, step)):
        part = {**fleet.value(), "current-context": ""}
        part |= {
            section: getattr(fleet, section)[start : start + step] for section in ("clusters", "users", "contexts")
        }
        (place / "part.json").write_text(json.dumps(part))
        normalise(kubectl, place / "part.json", place / "many" / f"{number:03}.yaml")
    (place / "part.json").unlink()
    (place / "made").touch()
    return place


def normalise(kubectl: str, source: Path, target: Path) -> None:
    """Let kubectl write a kubeconfig in its own form."""
    words = [kubectl, "config", "view", "--raw", "--kubeconfig", str(source)]
    target.write_bytes(subprocess.run(words, capture_output=True, check=True).stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    print(make(options.size, options.folder, "kubectl", options.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
