"""One list of pods with the official Python client, as the kubeconfig in KUBECONFIG says."""

from kubernetes import client, config

config.load_kube_config()
api = client.CoreV1Api()
try:
    api.list_namespaced_pod()
except (TypeError, ValueError):  # there is no default: a program names the namespace
    api.list_namespaced_pod("named-by-the-program")
