"""What people type from kubectl, kubectx, kubie, kubecm, kubeswitch, chezmoi or Terraform, and what it is here.

A word, or two, leads to a command line of kcfg; it is named in the error, never run in its place.
"""

from kcfg.cli.table import find

FOREIGN = {
    "add": "import --unmanaged",
    "alias": "rename context OLD NEW",
    "audit": "lint",
    "backup": "history",
    "cat": "view",
    "clean": "apply --prune",
    "clear": "lint",
    "completions": "completion",
    "config": "view",
    "connectivity": "check connectivity",
    "contexts": "get-contexts",
    "convert": "view -o json",
    "clusters": "get-clusters",
    "create": "set-context",
    "current": "current-context",
    "destroy": "delete",
    "drift": "status",
    "edit": "spec set-context",
    "environments": "get-environments",
    "envs": "get-environments",
    "expiry": "check expiry",
    "export": "extract",
    "format": "fmt",
    "get": "get-contexts",
    "info": "get-contexts -o wide",
    "list": "get-contexts",
    "login": "secret set",
    "logout": "secret rm",
    "managed": "status",
    "migrate": "secret migrate",
    "mv": "rename",
    "namespace": "ns",
    "namespaces": "ns",
    "output": "render",
    "ping": "check connectivity",
    "prune": "apply --prune",
    "remove": "delete",
    "revert": "undo",
    "rollback": "undo",
    "run": "exec",
    "scan": "secret scan",
    "secrets": "secret ls",
    "select": "use-context",
    "show": "view",
    "spawn": "shell",
    "state": "status",
    "switch": "use-context",
    "sync": "apply",
    "template": "render",
    "test-connection": "check connectivity",
    "token": "get-token",
    "update": "apply",
    "users": "get-users",
    "check lint": "lint",
    "check secrets": "secret check",
    "check spec": "validate",
    "get clusters": "get-clusters",
    "get contexts": "get-contexts",
    "get environments": "get-environments",
    "get secrets": "secret ls",
    "get token": "get-token",
    "get users": "get-users",
    "secret add": "secret set",
    "secret create": "secret set",
    "secret delete": "secret rm",
    "secret edit": "secret set",
    "secret import": "secret migrate",
    "secret list": "secret ls",
    "secret read": "secret get",
    "secret remove": "secret rm",
    "secret show": "secret get",
    "secret store": "secret set",
    "spec add-context": "spec set-context",
    "spec list": "get-contexts -f SPEC",
    "spec lint": "lint",
    "spec validate": "validate",
}


def meant(argv: list[str]) -> str:
    """Return the command line of kcfg that words of another tool stand for; "" where none is known.

    `config use-context prod`, as kubectl has it, is the command without `config`.
    """
    if argv[:1] == ["config"] and find(argv[1:])[0] is not None:
        return argv[1]
    for count in (2, 1):
        if len(argv) >= count and (line := FOREIGN.get(" ".join(argv[:count]))):
            return line
    return ""
