"""Where kcfg differs from kubectl on purpose: case → (row of kcfg/kubeconfig/README.md, what differs)."""

_REDACTS_MORE = ("`view` hides more", {"stdout"})
_COMMAND = ("`./plugin` stays `./plugin`", {"files"})

DIFFERENCES = {
    "delete-cluster-list-message": ("Messages name the file that changed", {"stdout"}),
    "get-contexts-unicode-width": ("What is printed drives nothing", {"stdout"}),
    "redact-all-kinds": _REDACTS_MORE,
    "redact-all-kinds-json": _REDACTS_MORE,
    "set-cluster-embed-directory": ("Only a file with content is embedded", {"exit code", "stdout", "files"}),
    "set-credentials-auth-provider": (
        "Tokens, passwords and keys never come from the command line",
        {"exit code", "stdout", "files"},
    ),
    "set-credentials-exec-relative-command": _COMMAND,
    "set-credentials-exec-relative-new": _COMMAND,
    "use-context-mode-kept": ("A file that holds secrets is its owner's", {"files"}),
}
