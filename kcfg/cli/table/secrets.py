"""Commands about secrets and who may run what."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import BREAK_LOCK, CREDENTIAL_COMMAND, IN_SPEC, TRUST, YES, text

_KEY = Argument("key", "the key of the reference, as in the spec: ci-bot/token", completes="secret")


def _format(*choices: str) -> Option:
    text = f"Format: {', '.join(choices[:-1])} or {choices[-1]}."
    return Option("-o --output", text, kind="text", choices=choices, default="table")


def _time(flag: str, text: str, default: str, name: str = "") -> Option:
    return Option(flag, text, kind="text", default=default, metavar="TIME", completes="none", name=name, once=True)


COMMANDS = (
    Command(
        "secret set",
        "kcfg.cli.secret.set",
        "Store a secret that the spec refers to, from standard input or a prompt without echo.",
        examples=(
            "kcfg secret set ci-bot/token",
            "kcfg secret set prod-admin/client-key < prod-admin.key",
            "kcfg secret set --missing -e prod",
        ),
        more="There is no way to give the value on the command line. It is checked first: a key must parse and match "
        "its certificate in the spec, a token must be one line. For a token or password, one final newline is removed.",
        arguments=(Argument("key", "the key of the reference, as in the spec", required=False, completes="secret"),),
        options=(Option("--missing", "Ask for each secret of the spec that nobody stored yet."), *IN_SPEC),
    ),
    Command(
        "secret rotate",
        "kcfg.cli.secret.rotate",
        "Store a new value beside the old one, try it on the servers, then switch.",
        examples=(
            "kcfg secret rotate ci-bot/token",
            "kcfg secret rotate ci-bot/token -- kcfg issue prod --service-account ci/bot --ttl 720h -o token",
        ),
        more="The new value is what the command prints, else what comes on standard input or is typed without echo. "
        "It is checked as by `secret set`, then every context that uses the secret signs in with it. Where one server "
        "does not know it, the old value stays and the exit code is 1; where it is somebody else, that is asked about.",
        arguments=(_KEY,),
        options=(Option("--no-try", "Switch without asking a server."), YES, *IN_SPEC, TRUST),
        rest=Argument(
            "command", "the command that prints the new value, after --", required=False, many=True, completes="none"
        ),
    ),
    Command(
        "secret get",
        "kcfg.cli.secret.get",
        "Print a stored secret, only with --reveal.",
        examples=("kcfg secret get ci-bot/token --reveal",),
        arguments=(_KEY,),
        options=(Option("--reveal", "Yes, print it, on a terminal or into a pipe."), *IN_SPEC, TRUST),
    ),
    Command(
        "secret ls",
        "kcfg.cli.secret.ls",
        "List the secrets a spec refers to: present or missing, age, used by whom; never a value.",
        examples=("kcfg secret ls", "kcfg secret ls -f examples/fleet -o json"),
        more="`undeclared`: kcfg stored it, and the spec no longer refers to it. Exit 2: a store cannot answer; "
        "of a locked keyring the index says which items it should have (`recorded`) and which are `missing`.",
        options=(_format("table", "json", "yaml", "name"), *IN_SPEC, TRUST),
    ),
    Command(
        "secret rm",
        "kcfg.cli.secret.rm",
        "Delete a stored secret, every copy of it.",
        examples=("kcfg secret rm ci-bot/token", "kcfg secret rm ci-bot/token --yes"),
        arguments=(_KEY,),
        options=(*IN_SPEC, YES),
    ),
    Command(
        "secret check",
        "kcfg.cli.secret.check",
        "Check stored secrets: present, whole, key and certificate match, not expired.",
        examples=("kcfg secret check", "kcfg secret check -f examples/fleet -o json"),
        more="Exit 0: all is well. 1: findings. 2: a store cannot answer.",
        options=(_format("table", "json", "yaml", "name"), *IN_SPEC, TRUST),
    ),
    Command(
        "secret unlock",
        "kcfg.cli.secret.unlock",
        "Open the keyring; the only command that may make the desktop ask for a password.",
        examples=("kcfg secret unlock",),
    ),
    Command(
        "secret migrate",
        "kcfg.cli.secret.migrate",
        "Move a kubeconfig's credentials into the keyring; its users become exec stanzas.",
        examples=("kcfg secret migrate ~/.kube/config --dry-run", "kcfg secret migrate ~/.kube/config --name work"),
        more="Each credential is stored, read back and compared before it leaves the file; comments stay. What cannot "
        "move is listed: exit 1. No backup is kept unless asked: it would hold the credentials.",
        arguments=(Argument("kubeconfig", "the file", completes="file"),),
        options=(
            text(
                "--name", "Items are called kcfg/NAME/USER. Default: the file's name, `kubeconfig` for config.", "NAME"
            ),
            Option("--dry-run", "Say what would move; change nothing."),
            Option("--keep-backup", "Keep FILE.kcfg-backup, with the credentials in plain text."),
            Option("--delete-key-files", "Delete client key files once their keys are stored."),
            CREDENTIAL_COMMAND,
            BREAK_LOCK,
        ),
    ),
    Command(
        "secret restore",
        "kcfg.cli.secret.restore",
        "Write credentials back into a kubeconfig, in plain text: what `secret migrate` and `apply` took out.",
        examples=("kcfg secret restore ~/.kube/config --dry-run", "kcfg secret restore ~/.kube/config --yes"),
        more="Every user whose exec stanza is kcfg's gets what the plugin would give. The store keeps its copies. "
        "A user whose credential cannot be read stays as it is, and is listed: exit 1.",
        arguments=(Argument("kubeconfig", "the file", completes="file"),),
        options=(Option("--dry-run", "Say what would be restored; change nothing."), YES, BREAK_LOCK),
    ),
    Command(
        "secret copy",
        "kcfg.cli.secret.copy",
        "Copy the secrets of a spec into another of its stores; none is removed.",
        examples=("kcfg secret copy --to files", "kcfg secret copy ci-bot/token --to default"),
        more="Each is stored, read back and compared; another value that is there stays, and is listed: exit 1. "
        "Afterwards let the references name the other store, or rebind theirs in an environment.",
        arguments=(
            Argument("keys", "the keys, globs too; all by default", required=False, many=True, completes="secret"),
        ),
        options=(
            text("--to", "The store, as the spec declares it; `default` is the keyring.", "STORE", "store"),
            Option("--dry-run", "Say what would be copied; change nothing."),
            *IN_SPEC,
            TRUST,
        ),
    ),
    Command(
        "secret scan",
        "kcfg.cli.secret.scan",
        "Find plain-text secrets in specs and kubeconfigs, each with file:line:col; for a commit hook.",
        examples=(
            "kcfg secret scan kcfg.yaml ~/.kube/config",
            "kcfg secret scan clusters/*.yaml users/*.yaml -o json",
        ),
        more="Any file may be named: what is no spec and no kubeconfig is passed over. Values are never shown. "
        "Exit 0: none. 1: found. 2: a spec or kubeconfig could not be read.",
        arguments=(Argument("files", "the files; - reads standard input", many=True, completes="file", dash="stdin"),),
        options=(
            Option("-o --output", "Format: text or json.", kind="text", choices=("text", "json"), default="text"),
        ),
    ),
    Command(
        "trust",
        "kcfg.cli.trust",
        "Show what a spec reaches (secrets and their servers, programs, variables, files) and allow it.",
        examples=("kcfg trust", "kcfg trust -f examples/fleet --yes"),
        more="What is new is listed and asked about once; programs of the repository are pinned to their content. "
        "`kcfg apply` and `kcfg exec -f` ask the same on a terminal, and refuse elsewhere.",
        options=(*IN_SPEC, YES),
    ),
    Command(
        "cache on",
        "kcfg.cli.cache",
        "Keep what plugins and command stores answer, in memory, until shortly before its end.",
        examples=("kcfg cache on", "kcfg cache on --skew 2m --max 1h"),
        more="Your own setting: no spec and no kubeconfig turns it on. An answer stays in the kernel's "
        "keyring, else in a private file below XDG_RUNTIME_DIR where that is memory, never on a disk. It is given "
        "again for the same user, program, arguments, variables and cluster alone, by kcfg-credential and by commands "
        "that sign in; many callers at once start the program once. A failure is remembered for 2 seconds. After the "
        "next `kcfg apply` kubectl starts other tools' plugins through kcfg-credential, unless git would commit the "
        "kubeconfig.",
        options=(
            _time("--skew", "How long before its end an answer is no longer given.", "60s"),
            _time("--max", "How long an answer is kept at most.", "8h", name="maximum"),
            _time("--max-without-end", "How long what a command store prints is kept if it tells no end.", "0s"),
        ),
        preset={"word": "on"},
    ),
    Command(
        "cache off",
        "kcfg.cli.cache",
        "Keep no answers, and remove those that are kept.",
        examples=("kcfg cache off",),
        preset={"word": "off"},
    ),
    Command(
        "cache ls",
        "kcfg.cli.cache",
        "List the answers that are kept: for what, until when, where; never a value.",
        examples=("kcfg cache ls", "kcfg cache ls -o json"),
        options=(_format("table", "json", "yaml", "name"),),
        preset={"word": "ls"},
    ),
    Command(
        "cache clear",
        "kcfg.cli.cache",
        "Remove the answers that are kept: after signing out, or when a server no longer knows one.",
        examples=("kcfg cache clear",),
        more="`secret set`, `secret rotate`, `secret rm` and what changes your trust in a spec do the same.",
        preset={"word": "clear"},
    ),
    Command(
        "log on",
        "kcfg.cli.log",
        "Note which stored secret went to which cluster, when: names, never a value.",
        examples=("kcfg log on",),
        more="Your own setting: no spec and no kubeconfig turns it on. A line is added for each secret that "
        "kcfg-credential gives to kubectl, to another tool's plugin or to a command of kcfg that signs in, and for "
        "those that `kcfg exec` and its like read from a spec. The cluster is there where the caller tells it: kubectl "
        "does for a stanza with provideClusterInfo, which the next `kcfg apply` writes into a kubeconfig that git does "
        "not commit; kcfg's own commands and what runs below `kcfg exec` and `kcfg shell` always. Two files of 1 MiB "
        "in the state folder, which only you can read: the older one goes. A log that cannot be written keeps nobody "
        "from signing in.",
        preset={"word": "on"},
    ),
    Command(
        "log off",
        "kcfg.cli.log",
        "Note nothing more; what was noted stays until `log clear`.",
        examples=("kcfg log off",),
        preset={"word": "off"},
    ),
    Command(
        "log ls",
        "kcfg.cli.log",
        "List what was noted, the oldest first: when, which secret, for which cluster, asked for by which program.",
        examples=("kcfg log ls", "kcfg log ls -o json"),
        options=(_format("table", "json", "yaml"),),
        preset={"word": "ls"},
    ),
    Command(
        "log clear",
        "kcfg.cli.log",
        "Remove what was noted.",
        examples=("kcfg log clear",),
        preset={"word": "clear"},
    ),
    Command(
        "credential",
        "kcfg.cli.credential",
        "The exec plugin that kubectl calls; the same as kcfg-credential.",
        examples=("kcfg credential --kind token --env KCFG_TOKEN",),
        arguments=(Argument("arguments", "as render writes them", required=False, many=True, completes="none"),),
    ),
)
