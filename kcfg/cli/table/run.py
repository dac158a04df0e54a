"""Commands that use one context: its server, its user."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.accounts import AS_ACCOUNT
from kcfg.cli.table.shared import (
    IN_SPEC,
    KUBECONFIG,
    NAMED,
    OF_SPEC,
    ONE_CONTEXT,
    SELECTOR,
    TRUST_SERVERS,
    YES_PROTECTED,
    namespace,
    text,
)

_SHELLS = ("bash", "zsh", "fish", "powershell", "direnv")
_IN_CLUSTER = Option("--in-cluster", "The API server and service account of the pod that kcfg runs in.")
_AS = (
    namespace("Another namespace than the context's."),
    Option("--as", "Be this user, if the server lets you.", kind="text", name="impersonate", metavar="NAME"),
    Option("--as-group", "Be in this group; repeat it.", kind="list", name="groups", metavar="NAME"),
)
_AS_FILE = Option("--as-file", "A private file instead of memory, for programs that change their kubeconfig.")
_TRUST_RUN = Option("--trust", "With a spec: use its plugins, its stores and its servers.")
_WHERE = (NAMED, KUBECONFIG, _IN_CLUSTER, *OF_SPEC)
_TARGETS = (
    text(
        "--service",
        "A service behind the server: NAME, NAME:PORT, https:NAME: or https:NAME:PORT.",
        "[https:]NAME[:PORT]",
    ),
    text("--pod", "A pod behind the server, named in the same ways.", "[https:]NAME[:PORT]"),
    text("--node", "A node behind the server, named in the same ways.", "[https:]NAME[:PORT]"),
    namespace("The service's or pod's namespace. Default: the context's, or default.", needs=("service", "pod")),
)

COMMANDS = (
    Command(
        "exec",
        "kcfg.cli.exec",
        "Run a program that sees one context and nothing else; or run it for many.",
        examples=(
            "kcfg exec prod-eu -- kubectl get nodes",
            "kcfg exec -l env=prod --max-parallel 4 -- helm list -A",
            "kcfg exec --context 'dev-*' -n shop -- kubectl version",
            "kcfg exec -f . --trust web -e prod -- kubectl proxy",
            "kcfg exec prod-eu --as-service-account shop/agent --ttl 15m --deny secrets -- ./agent",
        ),
        more="KUBECONFIG is memory that ends with the program, not a file on a disk (--as-file: a private one, 0600 in "
        "$XDG_RUNTIME_DIR, removed at the end). It holds the context, its cluster and its user. KCFG_CONTEXT and "
        "KCFG_NAMESPACE say which, KCFG_PROMPT_COLOR how a prompt colors it. "
        "For one context kcfg becomes the program: terminal, signals and exit code are its "
        "own. For several (-l, globs, --context twice) lines begin with `CONTEXT | ` and standard input is empty. A "
        "user with a password works with -f: it is in that kubeconfig only. A context that its spec calls protected is "
        "asked about. With --as-service-account the program sees a token of that account and no other credential: "
        "not in KUBECONFIG, nor in variables (it gets those that grant nothing), nor in kcfg's memory; what the "
        "account may do is told first. On this machine it still is your user: another user or a container keeps files "
        "and keyring from it. Exit code 1: it failed somewhere; 125: kcfg could not; 126: it cannot be run; 127: not "
        "found.",
        arguments=(ONE_CONTEXT,),
        options=(
            Option(
                "--context",
                "A context, or a glob; repeat it.",
                kind="list",
                name="contexts",
                metavar="NAME",
                completes="context",
            ),
            SELECTOR,
            *_AS,
            *AS_ACCOUNT,
            Option("--max-parallel", "How many at once.", kind="text", default="8", metavar="NUMBER", completes="none"),
            Option(
                "-o --output",
                "Format of the summary: text, or json on standard output.",
                kind="text",
                choices=("text", "json"),
                default="text",
            ),
            YES_PROTECTED,
            _AS_FILE,
            KUBECONFIG,
            *OF_SPEC,
            _TRUST_RUN,
        ),
        failed=125,
        rest=Argument("command", "the command and its arguments, after --", many=True, completes="none"),
    ),
    Command(
        "shell",
        "kcfg.cli.shell",
        "Start a shell that sees one context; its credential ends with it, or after a time.",
        examples=(
            "kcfg shell prod-eu --ttl 30m",
            "kcfg shell prod-eu -n web --shell /usr/bin/fish",
            "kcfg shell prod-eu --read-only",
        ),
        more="Its kubeconfig is a private file, removed with it: what `kcfg ns`, kubectl and kubens change in it, they "
        "change nowhere else. It holds no secret, only a stanza that asks this kcfg, which gives nothing out after "
        "--ttl. "
        "That stops neither an open connection nor a copy that somebody made. The prompt shows the context in bash, "
        "zsh and fish: red where it is protected or labelled env=prod, yellow for env=staging, else green. For other "
        "prompts (docs/prompt.md): KCFG_CONTEXT, KCFG_NAMESPACE, KCFG_PROMPT_COLOR, KCFG_SHELL (depth) and "
        "KCFG_SESSION_EXPIRES. "
        "--read-only leads it through a proxy with a credential of its own: reading passes; what changes or connects, "
        "and Secrets without --with-secrets, do not. Without a name: chosen on a terminal, else the current "
        "context. Exit code: the shell's, or 125 when kcfg could not.",
        arguments=(
            Argument(
                "context", "the context; default: chosen, or the current one", required=False, completes="context"
            ),
        ),
        options=(
            text(
                "--ttl",
                "How long credentials are given out: 30m, 8h, 1h30m. Default: until the shell ends.",
                "TIME",
                "none",
            ),
            text("--shell", "The shell. Default: $SHELL, or /bin/sh.", "PATH", "file"),
            Option("--no-prompt", "Leave the prompt as it is."),
            *_AS,
            Option(
                "--read-only",
                "Lead it through a proxy of kcfg that lets reading pass, and nothing that changes or connects.",
            ),
            Option("--with-secrets", "With --read-only: Secrets may be read, too.", needs=("read_only",)),
            YES_PROTECTED,
            Option("--as-file", "As without it: the kubeconfig is a private file.", ignored=True),
            KUBECONFIG,
            *OF_SPEC,
            _TRUST_RUN,
        ),
        failed=125,
    ),
    Command(
        "env",
        "kcfg.cli.env",
        "Print the lines that point a shell at kubeconfigs, for eval.",
        examples=(
            "kcfg env ~/.kube/acme",
            "kcfg env ~/.kube/acme --append --shell fish | source",
            "kcfg env -e prod --out ~/.kube/prod",
            "kcfg env --restore",
            "kcfg env prod.kubeconfig --shell direnv > .envrc",
        ),
        more='Use it as `eval "$(kcfg env FILE)"`, in fish `kcfg env FILE | source`. With -f, -e or --set the spec is '
        "rendered into --out first. What KUBECONFIG was before the first `env` is remembered in KCFG_OLD_KUBECONFIG. "
        "--append to an unset KUBECONFIG keeps ~/.kube/config.",
        arguments=(Argument("files", "the kubeconfigs", required=False, many=True, completes="file"),),
        options=(
            *IN_SPEC,
            Option("--out", "The kubeconfig to write from the spec.", kind="text", metavar="PATH", once=True),
            Option(
                "--shell",
                f"{', '.join(_SHELLS[:-1])} or {_SHELLS[-1]} (an .envrc). Default: as $SHELL says.",
                kind="text",
                choices=_SHELLS,
            ),
            Option("--append", "Keep what KUBECONFIG lists, in front."),
            Option("--restore", "Set KUBECONFIG to what it was before."),
        ),
    ),
    Command(
        "url",
        "kcfg.cli.url",
        "Print the URL of a context's API server, or of a service, pod or node behind it.",
        examples=(
            "kcfg url",
            "kcfg url prod-eu --service https:search: -n logging --path '_cluster/health?pretty=true'",
            "kcfg url --pod web-0:8080 --context prod-eu",
        ),
        more="Nothing is asked and no credential is read; user and password in the server's URL are left out. Names "
        "are checked and the path is escaped. `https:NAME` without a port ends with a colon, as the API server wants.",
        arguments=(ONE_CONTEXT,),
        options=(
            *_TARGETS,
            text("--path", "The path behind the server or the service, maybe with ?query.", "PATH", "none"),
            *_WHERE,
        ),
    ),
    Command(
        "curl",
        "kcfg.cli.curl",
        "Ask a context's API server with curl, as the context's user.",
        examples=(
            "kcfg curl /version",
            "kcfg curl prod-eu '/api/v1/namespaces?limit=5' -- --max-time 10",
            "kcfg curl --service web:http -n shop /healthz -- -i",
        ),
        more="curl gets CA, certificate, key and token in memory: nothing of them is in its arguments, in its "
        "environment or in a file, and ~/.curlrc is not read. After -- come options of curl; those that would show the "
        "credential, send it elsewhere or trust anybody are refused; a cluster with insecure-skip-tls-verify, too. "
        "A context that its spec calls protected is asked about. "
        "The exit code is curl's (22: the server said no), 125 when kcfg could not, 127 without curl (7.76 or newer).",
        arguments=(
            Argument(
                "words", "[CONTEXT] PATH, and after -- options for curl", many=True, required=False, completes="context"
            ),
        ),
        options=(*_TARGETS, *_WHERE, YES_PROTECTED, TRUST_SERVERS),
        failed=125,
    ),
    Command(
        "get-token",
        "kcfg.cli.get_token",
        "Print what a context's user signs in with, as an ExecCredential: for programs.",
        examples=("kcfg get-token prod-eu", "kcfg get-token prod-eu -o token | wc -c", "kcfg get-token --in-cluster"),
        more="Reads the kubeconfig, the spec's store, or runs the user's plugin. With expirationTimestamp where it is "
        "known. It prints a secret: into a pipe or file, onto a terminal only with --reveal.",
        arguments=(ONE_CONTEXT,),
        options=(
            Option(
                "-o --output",
                "Format: json (ExecCredential) or token.",
                kind="text",
                choices=("json", "token"),
                default="json",
            ),
            Option("--reveal", "Yes, print it on a terminal, too."),
            *_WHERE,
            TRUST_SERVERS,
        ),
    ),
)
