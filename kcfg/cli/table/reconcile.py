"""Commands that bring a spec and a kubeconfig together."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import (
    BREAK_LOCK,
    CONTEXTS,
    CREDENTIAL_COMMAND,
    DIFF,
    FILE,
    IN_SPEC,
    NO_HEADERS,
    PLAINTEXT,
    RAW,
    SELECTOR,
    SET,
    STRICT,
    TRUST,
    YAML_JSON,
    YES,
    namespace,
)
from kcfg.targets.targets import TARGETS, TEMPLATES, other_targets

_CREDENTIALS = Option(
    "--credentials",
    "exec (default): a stanza that asks the keyring; inline: the secret itself; omit: none.",
    kind="text",
    choices=("exec", "inline", "omit"),
)
_TARGET = Option(
    "--kubeconfig",
    "The kubeconfig. Default: the first file of KUBECONFIG that exists, or ~/.kube/config.",
    kind="text",
    metavar="FILE",
)
_NO_EMBED = Option(
    "--no-embed", "Leave certificate files paths. Default: those below the spec's root go into what stands elsewhere."
)
_PRUNE = Option("--prune", "Delete what kcfg wrote and the spec no longer has.")
_ADOPT = Option("--adopt", "Take over entries of the same name that kcfg did not write.")
_ON_CONFLICT = Option(
    "--on-conflict",
    "For an entry changed by others: abort, write the spec's, or leave the actual one.",
    kind="text",
    choices=("abort", "spec", "actual"),
    default="abort",
)
_READ_SECRETS = Option(
    "--read-secrets", "Read the stores and compare inlined secrets too (they are not shown). Without it they differ."
)
_READS_ANYWAY = Option("--read-secrets", "With --dry-run: as in diff. What is written is always read.")
_DRY_RUN = Option("--dry-run", "Say what would be done, and write nothing.")
_JSON = Option("-o --output", "Format: text or json.", kind="text", choices=("text", "json"), default="text")
_EXEC_API = Option(
    "--exec-api",
    "The API version of exec stanzas for kcfg's own plugin; v1beta1 for clients that do not know v1, as lightkube.",
    kind="text",
    choices=("v1", "v1beta1"),
    default="v1",
)
_TO = (
    Option("--to", "What another engine reads.", kind="text", choices=tuple(TARGETS), others=other_targets),
    Option("--why", "With --to: say for each cluster whether a secret is needed there, and what would save it."),
    Option(
        "--check",
        "Compare with the files of this folder, as --out DIR: exit 1 where they differ.",
        kind="text",
        metavar="DIR",
    ),
    Option("--prune", "With --out: delete files of a former rendering."),
    namespace("The namespace of the objects. Default: the engine's.", completes=""),
    Option(
        "--plugin",
        "Argo CD: a command that your own image has; repeat it.",
        kind="list",
        name="plugins",
        metavar="COMMAND",
    ),
    Option(
        "--template",
        "external-secrets: what the operator makes of the values. Default: argocd.",
        kind="text",
        choices=TEMPLATES,
    ),
    Option(
        "--secret-store",
        "external-secrets: where the values are. Default: ClusterSecretStores called as the spec's stores.",
        kind="text",
        metavar="[KIND/]NAME",
    ),
    Option("--per-cluster", "secret: a Secret for each cluster, in a file of its own, instead of one for all."),
    Option("--key", "secret: the key that its reader looks for. Default: value.", kind="text", metavar="NAME"),
    Option(
        "--label",
        "secret: a label that its reader watches; repeat it.",
        kind="list",
        name="labels",
        metavar="KEY=VALUE",
    ),
)
_SELECTED = (
    CONTEXTS,
    SELECTOR,
    Option(
        "--exclude",
        "Leave out this context; repeat it, or use globs.",
        kind="list",
        metavar="NAME",
        completes="context",
    ),
)
_RENDERED = (*IN_SPEC, _CREDENTIALS, CREDENTIAL_COMMAND, _NO_EMBED)
_COMPARED = (*_RENDERED, *_SELECTED, _TARGET, _PRUNE, _ADOPT, _ON_CONFLICT, _READ_SECRETS)

COMMANDS = (
    Command(
        "render",
        "kcfg.cli.render",
        "Render a spec into a kubeconfig, on standard output or into a file.",
        examples=(
            "kcfg render",
            "kcfg render -l env=prod --out ~/.kube/prod",
            "kcfg render --all-environments --out kubeconfigs --prune",
            "kcfg render --all-environments --check kubeconfigs",
            "kcfg render --context 'dev-*' --flatten -o json",
            "kcfg render --to argocd --out clusters",
            "kcfg render --to argocd --check clusters",
            "kcfg render --to flux --why",
        ),
        more="No secret is read unless --credentials inline asks for it. A new file has mode 0600, one with secrets "
        "gets it. With --to, what another engine reads is rendered instead: one file for each cluster where the engine "
        "has it so. The file of an environment is NAME.yaml, or what its `output` says.",
        options=(
            FILE,
            Option(
                "-e --environment",
                "The environment; repeat it with --out DIR.",
                kind="list",
                metavar="NAME",
                completes="environment",
            ),
            Option("--all-environments", "Every environment of the spec, one file each: --out DIR."),
            SET,
            Option(
                "--out",
                "Write this file instead of standard output, which is -; a folder for several environments.",
                kind="text",
                metavar="PATH",
                once=True,
                dash="stdout",
            ),
            DIFF,
            YAML_JSON,
            RAW,
            Option(
                "--context",
                "Only this context; repeat it, or use globs.",
                kind="list",
                metavar="NAME",
                completes="context",
            ),
            SELECTOR,
            Option("--minify", "Exactly one context, made current, as kubectl's --minify."),
            Option("--flatten", "Put the content of certificate and key files into the kubeconfig, wherever they are."),
            _NO_EMBED,
            _CREDENTIALS,
            CREDENTIAL_COMMAND,
            _EXEC_API,
            *_TO,
            Option("--allow-empty", "An empty selection is fine."),
            PLAINTEXT,
            STRICT,
            TRUST,
        ),
    ),
    Command(
        "diff",
        "kcfg.cli.diff",
        "Show what applying a spec would change; or compare two kubeconfigs, or two revisions of a spec.",
        arguments=(
            Argument(
                "files",
                "Two kubeconfigs to compare; - reads standard input.",
                required=False,
                many=True,
                completes="file",
                dash="stdin",
            ),
        ),
        examples=(
            "kcfg diff",
            "kcfg diff -e prod --prune -o markdown",
            "kcfg diff old.yaml new.yaml",
            "kcfg diff --from origin/main -o markdown",
            "kcfg diff -e prod --prune --out prod.plan",
        ),
        more="Revisions are compared in every environment, or in the one "
        "that -e names; certificates by the content of their files. Exit code 0: no differences; 1: differences; "
        "2: could not compare. No store is read.",
        options=(
            *_RENDERED,
            Option("--all-environments", "Each environment of the spec in turn; with --from, without the spec itself."),
            *_SELECTED,
            _TARGET,
            Option("--from", "The spec as it was in this git revision.", kind="text", name="since", metavar="REV"),
            Option(
                "--to",
                "Compare this revision, instead of the work tree, with --from's (default: HEAD).",
                kind="text",
                name="until",
                metavar="REV",
            ),
            _PRUNE,
            _ADOPT,
            _ON_CONFLICT,
            Option(
                "--out",
                "Save the plan for `kcfg apply PLAN`: operations by name and digests, no value; - prints it instead.",
                kind="text",
                metavar="PLAN",
                completes="file",
                once=True,
                dash="itself",
            ),
            _READ_SECRETS,
            Option(
                "-o --output",
                "Format: text, unified, json or markdown.",
                kind="text",
                choices=("text", "unified", "json", "markdown"),
                default="text",
            ),
            Option(
                "--color", "auto, always or never.", kind="text", choices=("auto", "always", "never"), default="auto"
            ),
            Option("--detailed-exitcode", "Terraform's: 0 no differences, 1 error, 2 differences."),
            Option("--exit-zero", "Exit code 0 also where there are differences."),
            PLAINTEXT,
            STRICT,
            TRUST,
        ),
    ),
    Command(
        "apply",
        "kcfg.cli.apply",
        "Make a kubeconfig what the spec says; entries of others stay byte for byte.",
        arguments=(
            Argument("plan", "What `kcfg diff --out` saved: that, or nothing.", required=False, completes="file"),
        ),
        examples=(
            "kcfg apply",
            "kcfg apply -e prod --prune --yes",
            "kcfg apply --dry-run",
            "kcfg apply --adopt",
            "kcfg apply prod.plan",
        ),
        more="The plan is shown and asked about, each conflict on its own before it (the spec's, the actual one, skip, "
        "show); where nobody can be asked, --yes is needed. An entry that others "
        "changed is a conflict: it stays, with what would meet it; the rest is written, and the exit code is 1. A "
        "saved plan has its own flags; it is computed anew, and refused with exit code 1 unless spec, kubeconfig and "
        "operations are still its own.",
        options=(
            *_RENDERED,
            *_SELECTED,
            _TARGET,
            _PRUNE,
            _ADOPT,
            _ON_CONFLICT,
            _DRY_RUN,
            _READS_ANYWAY,
            YES,
            _JSON,
            BREAK_LOCK,
            PLAINTEXT,
            STRICT,
            TRUST,
        ),
    ),
    Command(
        "status",
        "kcfg.cli.status",
        "List entries that differ: what others did since kcfg wrote them, and what applying would do.",
        examples=("kcfg status", "kcfg status -e prod --kubeconfig ~/.kube/prod"),
        more="First column: added, modified or deleted by others. Second: what `kcfg apply` would do (A, M, D; ? where "
        "that depends on an inlined secret, and no store was read).",
        options=(
            *_COMPARED,
            _JSON,
            PLAINTEXT,
            STRICT,
            TRUST,
        ),
        preset={"quiet": False},
    ),
    Command(
        "verify",
        "kcfg.cli.status",
        "Answer by the exit code whether a kubeconfig is what the spec says (0 yes, 1 no).",
        examples=("kcfg verify || kcfg diff", "kcfg verify -e ci --prune --read-secrets --trust-from HEAD"),
        more="The answer is that of `kcfg diff` with the same flags. A no is one line on standard error: what differs, "
        "what was not compared, and the command that shows it. An inlined secret that was not compared is no yes.",
        options=(
            *_COMPARED,
            PLAINTEXT,
            STRICT,
            TRUST,
        ),
        preset={"quiet": True, "output": "text"},
    ),
    Command(
        "history",
        "kcfg.cli.history",
        "List what was applied to a kubeconfig; `clear` forgets it, with what the keyring keeps for `kcfg undo`.",
        arguments=(
            Argument(
                "action",
                "`clear`: forget it all. The file, and what kcfg manages in it, stay.",
                required=False,
                completes=("clear",),
            ),
        ),
        examples=("kcfg history", "kcfg history --kubeconfig ~/.kube/prod -o json", "kcfg history clear"),
        options=(
            _TARGET,
            Option(
                "-o --output",
                "Format: table, json or yaml.",
                kind="text",
                choices=("table", "json", "yaml"),
                default="table",
            ),
            NO_HEADERS,
            YES,
            BREAK_LOCK,
        ),
    ),
    Command(
        "undo",
        "kcfg.cli.undo",
        "Take back what was applied: the file's bytes as they were before.",
        arguments=(
            Argument(
                "event",
                "The event of `kcfg history`; later ones go too. Default: the last.",
                required=False,
                completes="none",
            ),
        ),
        examples=("kcfg undo", "kcfg undo 3 --dry-run"),
        more="It refuses where more than current-context changed since, or where a secret is needed that the keyring "
        "does not have. Secrets that come back in plain text are named, and not written where git may commit them.",
        options=(_TARGET, _DRY_RUN, YES, BREAK_LOCK),
    ),
)
