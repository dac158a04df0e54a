"""The Python clients use the same stanzas: each in a process of its own, as a user would."""

import subprocess
import sys

import pytest

KUBERNETES = """
import sys, kubernetes
kubernetes.config.load_kube_config(sys.argv[1], context=sys.argv[2])
print(*(item.metadata.name for item in kubernetes.client.CoreV1Api().list_namespace().items))
"""
KR8S = """
import sys, asyncio, kr8s.asyncio
async def main():
    api = await kr8s.asyncio.api(kubeconfig=sys.argv[1], context=sys.argv[2])
    async with api.call_api("GET", version="v1", url="namespaces") as answer:
        print(*(item["metadata"]["name"] for item in answer.json()["items"]))
asyncio.run(main())
"""


@pytest.mark.parametrize("context", ["robot", "admin"])
@pytest.mark.parametrize("program", [KUBERNETES, KR8S], ids=["kubernetes", "kr8s"])
def test_the_client_is_recognised(program, context, stored, kcfg, plugin_env, server, tmp_path):
    # kr8s needs a current-context even when it is told the context.
    rendered = tmp_path / "one"
    assert kcfg("render", "--context", context, "--minify", "--out", rendered, env=plugin_env).returncode == 0

    done = subprocess.run(
        [sys.executable, "-c", program, rendered, context], capture_output=True, text=True, env=plugin_env, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"of-{context}\n"
    assert (context, "/api/v1/namespaces") in [(user, path.partition("?")[0]) for user, path in server.asked]
