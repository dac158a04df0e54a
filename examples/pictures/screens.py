"""The twelve screens beside this file: what is run for each, in which files, on a terminal of how many columns.

They are looked at, and README.md says what was found; a test holds them to what kcfg shows now. Nothing in them depends
on the machine: no keyring, no time but a far one, no path but those below the folder.
"""

import base64
import json
from pathlib import Path
from typing import NamedTuple

LONG = "arn:aws:eks:eu-central-1:111122223333:cluster/shop"
CLUSTERS = {
    "dev-eu": "https://dev.example.com:6443",
    "prod-eu": "https://prod.example.com:6443",
    "stage-eu": "http://stage.example.com",
}
AUTHORITY = {"certificate-authority": "ca.crt"}
SPEC = """apiVersion: kcfg/v1
kind: KubeconfigSpec
metadata: {name: acme}
secretStores: [{name: default, provider: env}]
clusters:
- {name: dev-eu, server: "https://dev.example.com:6443"}
- {name: prod-eu, server: "https://prod.example.com:6443"}
users:
- {name: alice, token: "ref+default://alice/token"}
- {name: robot, token: "ref+default://robot/token"}
contexts:
- {name: dev-eu, cluster: dev-eu, user: alice, namespace: shop}
- {name: prod-eu, cluster: prod-eu, user: robot, namespace: shop}
"""
FAULTY = SPEC.replace("user: alice, ", "user: alcie, ").replace(
    '"https://dev.example.com:6443"', "dev.example.com:99999"
)


class Screen(NamedTuple):
    """A command, what was run before it, and the terminal."""

    command: str
    before: tuple[str, ...] = ()
    columns: int = 80
    is_light: bool = False


APPLY = "kcfg apply --kubeconfig live --yes --trust"
MOVED = "kcfg set-cluster prod-eu --kubeconfig live --server https://moved.example.com:6443"
SCREENS = {
    "everyday": Screen("kcfg"),
    "help": Screen("kcfg use --help", is_light=True),
    "contexts": Screen("kcfg get-contexts"),
    "contexts-60": Screen("kcfg get-contexts --kubeconfig eks", columns=60, is_light=True),
    "secrets": Screen("kcfg secret ls", is_light=True),
    "expiry": Screen("kcfg check expiry --kubeconfig tokens"),
    "connectivity": Screen("kcfg check connectivity --kubeconfig servers"),
    "plan": Screen("kcfg diff --kubeconfig new", is_light=True),
    "conflict": Screen("kcfg apply --kubeconfig live --yes", (APPLY, MOVED)),
    "status": Screen("kcfg status --kubeconfig live", (APPLY, MOVED), is_light=True),
    "faults-60": Screen("kcfg validate -f faulty.yaml", columns=60),
    "lint": Screen("kcfg lint config", is_light=True),
}


def _token(until: int) -> str:
    parts = ({"alg": "none"}, {"exp": until}, {})
    return ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts)


def _kubeconfig(clusters: dict[str, str], tokens: dict[str, str]) -> str:
    """Return a kubeconfig: contexts by name, with their servers; users by name, with their tokens."""
    users = list(tokens)
    entries = [
        (
            name,
            {"server": server} | (AUTHORITY if "127.0.0.1" in server else {}),
            {"cluster": name, "user": users[at % len(users)], "namespace": "shop"},
        )
        for at, (name, server) in enumerate(clusters.items())
    ]
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": next(iter(clusters)),
        "clusters": [{"name": name, "cluster": cluster} for name, cluster, _ in entries],
        "contexts": [{"name": name, "context": context} for name, _, context in entries],
        "users": [{"name": name, "user": {"token": token}} for name, token in tokens.items()],
    }, indent=1)  # fmt: skip


def furnish(folder: Path, url: str) -> dict[str, str]:
    """Put the files into a folder; return the environment of its commands. At `url` is an API server that knows `a`."""
    files = {
        "kcfg.yaml": SPEC,
        "faulty.yaml": FAULTY,
        "config": _kubeconfig(CLUSTERS, {"alice": "a", "robot": "b"}),
        "servers": _kubeconfig(
            {"dev-eu": url, "prod-eu": "https://127.0.0.1:1", "stage-eu": url}, {"alice": "a", "robot": "b"}
        ),
        "eks": _kubeconfig({LONG: "https://a.example.com", "dev": "https://b.example.com"}, {"alice": "a"}),
        "tokens": _kubeconfig({"dev-eu": "https://a.example.com", "prod-eu": "https://b.example.com"},
                              {"alice": _token(1_600_000_000), "robot": _token(7_000_000_000)}),
    }  # fmt: skip
    for name, text in files.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    return {
        "HOME": str(folder),
        "KUBECONFIG": "config",
        "ALICE_TOKEN": "a",
    }
