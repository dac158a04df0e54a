"""One list of pods with lightkube, as the kubeconfig in KUBECONFIG says."""

from lightkube import Client
from lightkube.resources.core_v1 import Pod

list(Client().list(Pod))
