"""docs/borrowed.md, typed against a real server: every command of its blocks, in their order, in one folder."""

import re
import shlex

from conftest import ROOT

GUIDE = ROOT / "docs/borrowed.md"


def test_the_guide(cluster, ok, plugin_env, program, tmp_path, unique):
    """The commands of docs/borrowed.md, one after the other"""
    certificate, key = cluster.client("plum-root", "system:masters")
    (tmp_path / "root.crt").write_text(certificate)
    (tmp_path / "ca.crt").write_text(cluster.ca)
    (tmp_path / "kcfg.yaml").write_text(
        "apiVersion: kcfg/v1\nkind: KubeconfigSpec\nmetadata: {name: guide}\n"
        f'clusters:\n- {{name: prod, server: "{cluster.url}", certificate-authority: ca.crt}}\n'
        "users:\n- {name: root, client-certificate: root.crt, client-key-data: {secretRef: {key: root/key}}}\n"
        "- {name: bot, token: ref+default://deployer/token}\n"
        "contexts:\n- {name: prod, cluster: prod, user: root}\n- {name: bot, cluster: prod, user: bot}\n"
        "current-context: prod\n"
    )
    ok("secret", "set", "root/key", stdin=key)
    ok("trust", "--yes")
    ok("apply", "--yes", "--kubeconfig", tmp_path / "config")
    env = {"KUBECONFIG": str(tmp_path / "config")}
    cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": unique}})
    namespaced = ["issue", "prod", "--service-account", f"{unique}/bot", "--create", "--yes", "-o", "token"]
    ok("secret", "set", "deployer/token", stdin=ok(*namespaced, env=env).stdout)

    run = 0
    for block in re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            words = [
                program if word == "kubectl" else word for word in shlex.split(line.replace("shop/", f"{unique}/"))
            ]
            if "--create" in words:
                words += ["--yes"]
            if "shell" in words:
                words += ["--shell", "/bin/sh"]
            run += 1
            if words[0] == "kcfg":
                ok(*words[1:], env=env, cwd=tmp_path, stdin="exit 0\n")
            else:
                ok("exec", "prod", "--", *words, env=env, cwd=tmp_path)
    assert run > 9
