"""One list of pods with kr8s, as the kubeconfig in KUBECONFIG says."""

import kr8s

list(kr8s.get("pods"))
