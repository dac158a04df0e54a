"""One list of pods with kubernetes-asyncio, as the kubeconfig in KUBECONFIG says."""

import asyncio

from kubernetes_asyncio import client, config


async def main():
    await config.load_kube_config()
    async with client.ApiClient() as session:
        api = client.CoreV1Api(session)
        try:
            await api.list_namespaced_pod()
        except (TypeError, ValueError):  # there is no default: a program names the namespace
            await api.list_namespaced_pod("named-by-the-program")


asyncio.run(main())
