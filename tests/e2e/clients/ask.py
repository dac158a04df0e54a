"""Who am I, and which namespaces are there? With the Python client that the argument names, as KUBECONFIG says."""

import asyncio
import json
import sys

REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


def kubernetes():
    from kubernetes import client, config

    config.load_kube_config()
    review = client.AuthenticationV1Api().create_self_subject_review(REVIEW)
    namespaces = client.CoreV1Api().list_namespace()
    return review.status.user_info.username, [each.metadata.name for each in namespaces.items]


async def _asyncio():
    from kubernetes_asyncio import client, config

    await config.load_kube_config()
    async with client.ApiClient() as session:
        review = await client.AuthenticationV1Api(session).create_self_subject_review(REVIEW)
        namespaces = await client.CoreV1Api(session).list_namespace()
    return review.status.user_info.username, [each.metadata.name for each in namespaces.items]


def kubernetes_asyncio():
    return asyncio.run(_asyncio())


async def _kr8s():
    import kr8s.asyncio

    api = await kr8s.asyncio.api()
    path = {"base": "/apis/authentication.k8s.io", "version": "v1", "url": "selfsubjectreviews"}
    async with api.call_api("POST", **path, json=REVIEW) as answer:
        review = answer.json()
    return review["status"]["userInfo"]["username"], [each.name async for each in api.get("namespaces")]


def kr8s():
    return asyncio.run(_kr8s())


def lightkube():
    from lightkube import Client
    from lightkube.models.authentication_v1 import SelfSubjectReview as Review
    from lightkube.resources.authentication_v1 import SelfSubjectReview
    from lightkube.resources.core_v1 import Namespace

    client = Client()
    review = client.create(SelfSubjectReview.from_dict(Review().to_dict()))
    return review.status.userInfo.username, [each.metadata.name for each in client.list(Namespace)]


who, names = globals()[sys.argv[1]]()
print(json.dumps({"who": who, "namespaces": names}))
