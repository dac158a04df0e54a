"""kubectl's commands that change a kubeconfig: the same names, flags and meaning; secrets never from argv."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import BREAK_LOCK, KUBECONFIG, as_kubectl, text

_EMBED = Option("--embed-certs", "Put the certificate files' content in, instead of their paths.", kind="bool")

CLUSTER = (
    text("--server", "The API server's URL, or - to read it; clears tls-server-name.", "URL"),
    text("--tls-server-name", "The name to verify.", "NAME"),
    Option("--insecure-skip-tls-verify", "Do not verify the server's certificate; clears the CA.", kind="bool"),
    text("--certificate-authority", "The CA file; an empty text removes it.", "PATH"),
    _EMBED,
    text("--proxy-url", "The proxy's URL; with a password: - reads it from standard input.", "URL"),
)
USER = (
    text("--token", "-: read the token from standard input, or ask.", "-"),
    text("--username", "The name for basic authentication."),
    text("--password", "-: read the password from standard input, or ask.", "-"),
    text("--client-certificate", "The certificate file.", "PATH"),
    text("--client-key", "The key file.", "PATH"),
    _EMBED,
    text("--auth-provider", "A legacy provider's name."),
    Option("--auth-provider-arg", "KEY=VALUE, or KEY- to remove.", kind="list", metavar="KEY=VALUE"),
    text("--exec-command", "The plugin; clears its arguments."),
    text("--exec-api-version", "client.authentication.k8s.io/v1 or /v1beta1."),
    Option("--exec-arg", "The plugin's arguments.", kind="list", metavar="TEXT"),
    Option("--exec-env", "NAME=VALUE, or NAME- to remove.", kind="list", metavar="NAME=VALUE"),
    text("--exec-interactive-mode", "Never, IfAvailable or Always.", "MODE"),
    Option("--exec-provide-cluster-info", "Tell the plugin about the cluster.", kind="bool"),
)
CONTEXT = (
    text("--cluster", "Its cluster.", "NAME", "cluster"),
    text("--user", "Its user.", "NAME", "user"),
    text("-n --namespace", "Its namespace.", "NAME", "namespace"),
)


def _deletion(kind: str, section: str) -> Command:
    return Command(
        f"delete-{kind}",
        "kcfg.cli.delete",
        f"Delete one {kind}, as kubectl does: nothing else goes with it.",
        examples=(f"kcfg delete-{kind} old",),
        arguments=(Argument("name", f"the {kind}", required=False, completes=kind),),
        options=as_kubectl(KUBECONFIG, BREAK_LOCK),
        preset={"section": section},
    )


COMMANDS = (
    Command(
        "set-cluster",
        "kcfg.cli.set_cluster",
        "Create or change a cluster.",
        examples=(
            "kcfg set-cluster dev --server https://dev.example.com:6443 --certificate-authority ca.crt --embed-certs",
            "kcfg set-cluster dev --proxy-url http://proxy.example.com:3128",
        ),
        arguments=(Argument("name", "the cluster", completes="cluster"),),
        options=as_kubectl(*CLUSTER, KUBECONFIG, BREAK_LOCK),
    ),
    Command(
        "set-credentials",
        "kcfg.cli.set_credentials",
        "Create or change a user.",
        examples=(
            "kcfg set-credentials ci --token -",
            "kcfg set-credentials dev --client-certificate dev.crt --client-key dev.key --embed-certs",
            "kcfg set-credentials sso --exec-command kubelogin --exec-api-version client.authentication.k8s.io/v1 "
            "--exec-interactive-mode IfAvailable --exec-arg get-token",
        ),
        more="Secrets never come from the command line, where everyone can see them: `--token -` and `--password -` "
        "read standard input, or ask. An empty text removes a field.",
        arguments=(Argument("name", "the user", completes="user"),),
        options=as_kubectl(
            *USER,
            KUBECONFIG,
            BREAK_LOCK,
        ),
    ),
    Command(
        "set-context",
        "kcfg.cli.set_context",
        "Create or change a context.",
        examples=(
            "kcfg set-context dev --cluster dev --user dev --namespace web",
            "kcfg set-context --current -n web",
        ),
        arguments=(Argument("name", "the context", required=False, completes="context"),),
        options=as_kubectl(
            Option("--current", "Change the current context."),
            *CONTEXT,
            KUBECONFIG,
            BREAK_LOCK,
        ),
    ),
    Command(
        "set",
        "kcfg.cli.set_property",
        "Set one field by its path.",
        examples=(
            "kcfg set clusters.dev.server https://dev.example.com:6443",
            "kcfg set contexts.dev.namespace web",
            "kcfg set users.ci.token -",
        ),
        more="A secret's value is `-`: it is read from standard input, or asked for. A certificate or URL may be, too.",
        arguments=(
            Argument("path", "clusters.NAME.server, current-context, …", completes="property"),
            Argument("value", "the value; - reads a secret, a certificate or a URL", completes="none"),
        ),
        options=as_kubectl(
            Option("--set-raw-bytes", "Encode the value of a *-data field in base64.", kind="bool"),
            KUBECONFIG,
            BREAK_LOCK,
        ),
        preset={"unset": False},
    ),
    Command(
        "unset",
        "kcfg.cli.set_property",
        "Remove a field, an entry or a section.",
        examples=("kcfg unset users.ci.token", "kcfg unset contexts.old"),
        arguments=(Argument("path", "clusters.NAME.server, users.NAME, current-context, …", completes="property"),),
        options=as_kubectl(KUBECONFIG, BREAK_LOCK),
        preset={"unset": True, "value": None, "set_raw_bytes": None},
    ),
    Command(
        "rename-context",
        "kcfg.cli.rename",
        "Rename a context; current-context follows.",
        examples=("kcfg rename-context old new",),
        arguments=(
            Argument("old", "the context", required=False, completes="context"),
            Argument("new", "its new name", required=False, completes="none"),
        ),
        options=as_kubectl(KUBECONFIG, BREAK_LOCK),
    ),
    _deletion("context", "contexts"),
    _deletion("cluster", "clusters"),
    _deletion("user", "users"),
)
