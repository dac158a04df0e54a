"""From kubeconfigs to a spec: what `kcfg import` is made of."""
