"""Commands run with a kubeconfig of their own, which is gone when they are."""
