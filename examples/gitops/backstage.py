#!/usr/bin/env python3
"""A kubeconfig on standard input → Backstage's clusters: `kubernetes.clusterLocatorMethods` of an app-config file.

    kcfg render --credentials inline --flatten -o json | python3 backstage.py > app-config.clusters.yaml
    yarn start --config app-config.yaml --config app-config.clusters.yaml

Backstage reads no kubeconfig: of a cluster it takes address, CA, name and a ServiceAccount's token
(plugins/kubernetes-backend/config.d.ts at 15a1e9dcce82). What it would drop is refused. The result holds tokens.
"""

import json
import sys

TAKEN = {"server", "certificate-authority-data", "insecure-skip-tls-verify"}


def clusters(config):
    """Yield what Backstage says of each context. Raises ValueError for what it has no place for."""
    parts = {kind: {each["name"]: each[kind[:-1]] for each in config.get(kind) or []} for kind in ("clusters", "users")}
    for name, context in ((each["name"], each["context"]) for each in config.get("contexts") or []):
        cluster, user = parts["clusters"][context["cluster"]], parts["users"].get(context.get("user"), {})
        lost = sorted((cluster.keys() - TAKEN) | (user.keys() - {"token"}))
        if lost or "token" not in user:
            raise ValueError(f"{name}: Backstage takes a token, and has no place for: {', '.join(lost) or 'nobody'}")
        found = {
            "name": name,
            "url": cluster["server"],
            "authProvider": "serviceAccount",
            "serviceAccountToken": user["token"],
            "caData": cluster.get("certificate-authority-data"),
            "skipTLSVerify": cluster.get("insecure-skip-tls-verify"),
        }
        yield {key: value for key, value in found.items() if value}


if __name__ == "__main__":
    try:
        found = list(clusters(json.load(sys.stdin)))
    except ValueError as error:
        sys.exit(f"backstage.py: {error}")
    locator = {"type": "config", "clusters": found}
    value = {"serviceLocatorMethod": {"type": "multiTenant"}, "clusterLocatorMethods": [locator]}
    json.dump({"kubernetes": value}, sys.stdout, indent=2)  # JSON is YAML, too
    print()
