"""The Python clients use the same stanzas: each in a process of its own, as a user would.

Half of that is to import it: both contexts are asked by one.
"""

import subprocess
import sys

import pytest

KUBERNETES = """
import sys, kubernetes
for context in sys.argv[1:]:
    kubernetes.config.load_kube_config(context, context=context)
    print(*(item.metadata.name for item in kubernetes.client.CoreV1Api().list_namespace().items))
"""
KR8S = """
import sys, asyncio, kr8s.asyncio
async def main():
    for context in sys.argv[1:]:
        api = await kr8s.asyncio.api(kubeconfig=context, context=context)
        async with api.call_api("GET", version="v1", url="namespaces") as answer:
            print(*(item["metadata"]["name"] for item in answer.json()["items"]))
asyncio.run(main())
"""


CONTEXTS = ("robot", "admin")


@pytest.mark.parametrize("program", [KUBERNETES, KR8S], ids=["kubernetes", "kr8s"])
def test_the_client_is_recognised(program, stored, kcfg, plugin_env, server, tmp_path):
    # kr8s needs a current-context even when it is told the context: a file for each, of its name.
    for context in CONTEXTS:
        assert kcfg("render", "--context", context, "--minify", "--out", context, env=plugin_env).returncode == 0

    done = subprocess.run(
        [sys.executable, "-c", program, *CONTEXTS],
        capture_output=True,
        text=True,
        env=plugin_env,
        cwd=tmp_path,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == "of-robot\nof-admin\n"
    asked = {(user, path.partition("?")[0]) for user, path in server.asked}
    assert {(context, "/api/v1/namespaces") for context in CONTEXTS} <= asked
