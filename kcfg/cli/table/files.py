"""Commands that read, combine and take apart kubeconfig files; no spec needed."""

from kcfg.cli.options import Argument, Command, Option
from kcfg.cli.table.shared import (
    BREAK_LOCK,
    DIFF,
    ENTRIES,
    KUBECONFIG,
    LISTING,
    NO_HEADERS,
    OUT,
    RAW,
    RENAMING,
    SELECTOR,
    SPEC,
    YAML_JSON,
    YES,
    YES_PROTECTED,
    as_kubectl,
    namespace,
)

_FLATTEN = Option("--flatten", "Put the content of certificate files into the result.")
_CONTEXT = Option(
    "--context", "The context. Default: current-context.", kind="text", metavar="NAME", completes="context"
)
_ON_TERMINAL = "On a terminal secrets are hidden unless --raw is given; pipes and --out get them."


def _listing(name: str, section: str, what: str, *, names: bool = False) -> Command:
    return Command(
        name,
        "kcfg.cli.get",
        f"List {what}.",
        examples=(f"kcfg {name}", f"kcfg {name} -o wide", f"kcfg {name} -f examples/fleet -o name"),
        arguments=(
            Argument("names", "only these; globs too", required=False, many=True, completes=section.removesuffix("s")),
        ),
        options=as_kubectl(LISTING, NO_HEADERS, *((SELECTOR,) if names else ()), *SPEC, KUBECONFIG),
        preset={"section": section} if names else {"section": section, "selector": None},
    )


COMMANDS = (
    Command(
        "view",
        "kcfg.cli.view",
        "Show the merged kubeconfig, secrets hidden.",
        examples=("kcfg view", "kcfg view --minify --context prod", "kcfg view -o jsonpath='{.users[*].name}'"),
        more="As `kubectl config view`, and it also hides what kubectl shows: passwords in URLs, secrets in "
        "exec.env and exec.args, auth-provider tokens. With --flatten a pipe or a file gets them, as from "
        "kubectl; else only with --raw. -o jsonpath= and jsonpath-as-json= are a subset: fields, "
        "[n], [*], slices, unions, filters, range, quotes.",
        options=as_kubectl(
            RAW,
            Option("--minify", "Only the current (or --context) context and what it refers to."),
            _FLATTEN,
            Option("--merge", "false: read the one file of --kubeconfig, which must exist.", kind="bool"),
            Option("-o --output", "Format: yaml, json, kyaml or jsonpath=TEMPLATE.", kind="text", default="yaml"),
            _CONTEXT,
            KUBECONFIG,
        ),
    ),
    Command(
        "merge",
        "kcfg.cli.merge",
        "Merge kubeconfigs; nothing is lost in silence.",
        examples=(
            "kcfg merge a.yaml b.yaml --out all.yaml",
            "kcfg merge a.yaml b.yaml --on-conflict rename --name-template '{name}@{file}'",
            "kcfg merge ~/.kube/config new.yaml --in-place",
        ),
        more="Identical entries become one. Relative paths are kept right for the place of the result. " + _ON_TERMINAL,
        arguments=(
            Argument(
                "files",
                "the files, first one first; - reads standard input; default: KUBECONFIG's list",
                required=False,
                many=True,
                completes="file",
                dash="stdin",
            ),
        ),
        options=(
            Option(
                "--on-conflict",
                "When a name means different things.",
                kind="text",
                choices=("error", "first", "last", "rename"),
                default="error",
            ),
            Option(
                "--name-template",
                "The later entry's new name: {name}, {file} (without suffix), {index}.",
                kind="text",
                default="{name}-{file}",
                metavar="TEXT",
            ),
            Option("--in-place", "Add to the first file, which keeps its comments and order."),
            _FLATTEN,
            YAML_JSON,
            RAW,
            OUT,
            BREAK_LOCK,
        ),
    ),
    Command(
        "minify",
        "kcfg.cli.extract",
        "One context with its cluster and user, made current.",
        examples=("kcfg minify --context prod --flatten --out prod.kubeconfig",),
        more=_ON_TERMINAL,
        options=(_CONTEXT, _FLATTEN, YAML_JSON, RAW, OUT, KUBECONFIG, BREAK_LOCK),
        preset={"contexts": None, "selector": None},
    ),
    Command(
        "flatten",
        "kcfg.cli.flatten",
        "Put the content of certificate files into the kubeconfig.",
        examples=("kcfg flatten --out portable.kubeconfig", "kcfg flatten --token-files -o json > portable.json"),
        more=_ON_TERMINAL,
        options=(
            Option("--token-files", "Put the content of tokenFile in as token, too."),
            YAML_JSON,
            RAW,
            OUT,
            KUBECONFIG,
            BREAK_LOCK,
        ),
    ),
    Command(
        "split",
        "kcfg.cli.split",
        "Write one file for each context.",
        examples=("kcfg split --out contexts", "kcfg split 'prod-*' --out prod --flatten"),
        arguments=(
            Argument("contexts", "only these contexts; globs too", required=False, many=True, completes="context"),
        ),
        options=(
            SELECTOR,
            Option(
                "--out-dir --out",
                "The folder of the files (0600).",
                kind="text",
                name="out_dir",
                metavar="DIR",
                once=True,
            ),
            Option("--force", "Write over files that differ."),
            _FLATTEN,
            YAML_JSON,
            KUBECONFIG,
            DIFF,
        ),
    ),
    Command(
        "extract",
        "kcfg.cli.extract",
        "Several contexts with what they refer to.",
        examples=("kcfg extract dev 'stage-*' --out team.kubeconfig",),
        more=_ON_TERMINAL,
        arguments=(Argument("contexts", "the contexts; globs too", required=False, many=True, completes="context"),),
        options=(SELECTOR, _FLATTEN, YAML_JSON, RAW, OUT, KUBECONFIG, BREAK_LOCK),
        preset={"context": None},
    ),
    Command(
        "rename",
        "kcfg.cli.rename",
        "Rename a context, cluster or user; references follow.",
        examples=(
            "kcfg rename context arn:aws:eks:eu-west-1:111122223333:cluster/prod prod",
            "kcfg rename user admin ops",
        ),
        arguments=(RENAMING,),
        options=(KUBECONFIG, BREAK_LOCK),
    ),
    Command(
        "delete",
        "kcfg.cli.delete",
        "Delete contexts, clusters or users.",
        examples=("kcfg delete context old --cascade --yes", "kcfg delete user leaver"),
        more="What a context still refers to is deleted only with --force.",
        arguments=(ENTRIES,),
        options=(
            Option("--cascade", "Delete a context's cluster and user too, if nothing else refers to them."),
            Option("--force", "Delete a cluster or user that contexts refer to."),
            YES,
            KUBECONFIG,
            BREAK_LOCK,
        ),
    ),
    Command(
        "current-context",
        "kcfg.cli.current_context",
        "Print the current context.",
        examples=("kcfg current-context",),
        options=as_kubectl(KUBECONFIG),
    ),
    Command(
        "use-context",
        "kcfg.cli.use_context",
        "Make a context the current one; `-` is the one before.",
        examples=("kcfg use-context prod", "kcfg use-context prod -n web", "kcfg use-context -", "kcfg use-context"),
        more="Without a name it asks, on a terminal: with fzf, else in a list that typing filters. With -n alone the "
        "current context gets the namespace, and `kcfg apply` leaves it so. `-` goes back from kcfg's own last switch. "
        "A context that its spec calls protected is asked about.",
        arguments=(Argument("name", "the context, or -", required=False, completes="context"),),
        options=as_kubectl(
            namespace("The context's namespace from now on."),
            YES_PROTECTED,
            KUBECONFIG,
            BREAK_LOCK,
        ),
    ),
    Command(
        "ns",
        "kcfg.cli.ns",
        "Set the namespace of the current context; `-` is the one before.",
        examples=("kcfg ns web", "kcfg ns -", "kcfg ns"),
        more="Without a name it asks, on a terminal: the server's namespaces, or where it does not answer within 3 "
        "seconds those that were used before: with fzf, else in a list that typing filters. Elsewhere the present "
        "one is printed. `kcfg apply` leaves a namespace that you changed.",
        arguments=(Argument("name", "the namespace, or -", required=False, completes="namespace"),),
        options=as_kubectl(KUBECONFIG, BREAK_LOCK),
    ),
    _listing("get-contexts", "contexts", "contexts", names=True),
    _listing("get-clusters", "clusters", "clusters"),
    _listing("get-users", "users", "users"),
)
