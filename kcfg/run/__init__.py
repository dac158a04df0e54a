"""Programs that see one context: the kubeconfig that vanishes with them, their signals, many at once, shells."""
