"""A small spec, a kubeconfig beside it, and the commands that bring them together."""

import pytest

HEAD = "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: acme}\n"
SPEC = f"""{HEAD}clusters:
- {{name: prod, server: "https://prod.example.com", labels: {{env: prod}}}}
users:
- {{name: ops, token: "ref+default://ops/token"}}
contexts:
- {{name: prod, cluster: prod, user: ops, namespace: web, protected: true}}
"""
INLINE = f"""{HEAD}secretStores: [{{name: default, provider: env, env: {{prefix: FAKE_}}}}]
clusters:
- {{name: prod, server: "https://prod.example.com"}}
users:
- {{name: token, token: "ref+default://token"}}
- {{name: basic, username: me, password: "ref+default://password"}}
contexts:
- {{name: prod, cluster: prod, user: token}}
- {{name: basic, cluster: prod, user: basic}}
"""
SECRETS = {"FAKE_TOKEN": "fake-token-one", "FAKE_PASSWORD": "fake-password-one"}


@pytest.fixture
def applied(tmp_path, kcfg):
    """Run a command on a spec and a kubeconfig that are there: applied("diff", "-o", "json").

    What the spec reaches is trusted before each apply; `trust=False` leaves that question open.
    """
    spec, config = tmp_path / "kcfg.yaml", tmp_path / "config"
    spec.write_text(SPEC)

    def run(command, *words, env=None, trust=True):
        if command == "apply":
            words = ("--yes", *words)
            if trust:
                kcfg("trust", "-f", spec, "--yes", env=env)
        return kcfg(command, "-f", spec, "--kubeconfig", config, *words, env=env)

    for name, value in (("spec", spec), ("config", config), ("kcfg", kcfg)):
        setattr(run, name, value)
    return run
