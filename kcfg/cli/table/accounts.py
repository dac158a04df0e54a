"""Commands that borrow the identity of a service account, and the options of `exec` that do."""

from kcfg.cli.options import Command, Option
from kcfg.cli.table.shared import (
    KUBECONFIG,
    NAMED,
    OF_SPEC,
    ONE_CONTEXT,
    OUT,
    RAW,
    TRUST_SERVERS,
    YES,
    YES_PROTECTED,
    namespace,
    text,
)

ACCOUNT = Option(
    "--service-account",
    "The account.",
    kind="text",
    name="account",
    metavar="NAMESPACE/NAME",
    completes="none",
    once=True,
)
TTL = Option(
    "--ttl",
    "How long the token is to live: 15m, 8h. 10 minutes at least.",
    kind="text",
    default="1h",
    metavar="TIME",
    completes="none",
)
DENY = Option(
    "--deny",
    "Hand nothing out if the account may do this: secrets, escalation; repeat it.",
    kind="list",
    metavar="secrets|escalation",
    completes="none",
)
AS_ACCOUNT = (
    Option(
        "--as-service-account",
        "Be this service account, by a token that the context's user asks for: the program gets nothing else.",
        kind="text",
        name="account",
        metavar="NAMESPACE/NAME",
        completes="none",
        without=("impersonate", "groups", "selector"),
    ),
    Option(
        "--ttl",
        "With --as-service-account: how long its token lives. Default: 1h.",
        kind="text",
        metavar="TIME",
        completes="none",
        needs=("account",),
    ),
    Option(
        "--deny",
        "Run nothing if the account may do this: secrets, escalation; repeat it.",
        kind="list",
        metavar="secrets|escalation",
        completes="none",
        needs=("account",),
    ),
    Option(
        "--keep-env",
        "Leave this variable to the program that is a service account; repeat it.",
        kind="list",
        metavar="NAME",
        completes="none",
        needs=("account",),
    ),
)

COMMANDS = (
    Command(
        "issue",
        "kcfg.cli.issue",
        "Hand out a short token of a service account, or a certificate, as a kubeconfig of its own.",
        examples=(
            "kcfg issue prod-eu --service-account shop/deployer --ttl 15m --out deployer.kubeconfig",
            "kcfg issue prod-eu --service-account shop/deployer --revocable -o token | pass insert -m shop/deployer",
            "kcfg issue prod-eu --certificate jane --group developers --ttl 24h --out jane.kubeconfig",
            "kcfg issue dev --service-account shop/ci --create --allow get,list:pods,deployments.apps",
        ),
        more="The context's user asks the API server for it (TokenRequest), whatever its credential is; of that "
        "nothing is handed out. When the token really ends, and what it may do, is told. The server gives 10 minutes "
        "at least, and maybe less than is asked. With --create, what is missing is shown and made: the account, a Role "
        "of the rules of --allow, a RoleBinding for it and for each --role. "
        "A certificate is approved where you may, else somebody else has to; nothing ends it before its time.",
        arguments=(ONE_CONTEXT,),
        options=(
            ACCOUNT,
            Option(
                "--certificate",
                "Instead of a token a client certificate of this name, which the cluster signs.",
                kind="text",
                metavar="NAME",
                completes="none",
                without=("account", "audiences", "bound_object", "revocable", "create"),
            ),
            Option(
                "--group",
                "With --certificate: a group that it is in; repeat it.",
                kind="list",
                name="groups",
                metavar="NAME",
                completes="none",
                needs=("certificate",),
            ),
            Option(
                "--wait",
                "With --certificate: how long somebody may take to approve it. Default: 1m.",
                kind="text",
                metavar="TIME",
                completes="none",
                needs=("certificate",),
            ),
            TTL,
            Option(
                "--audience",
                "Who may take it. Default: the API server; repeat it.",
                kind="list",
                name="audiences",
                metavar="NAME",
                completes="none",
            ),
            text("--bound-object", "It ends with this object of the namespace.", "pod|secret|node/NAME", "none"),
            Option(
                "--revocable",
                "Bind it to an empty Secret, so that `kcfg revoke` can end it.",
                without=("bound_object",),
            ),
            DENY,
            Option("--create", "Show and create what is missing."),
            Option(
                "--allow",
                "With --create: what a Role of its own allows; repeat it.",
                kind="list",
                metavar="VERBS:RESOURCES",
                completes="none",
            ),
            Option(
                "--role",
                "With --create: bind this role as well; repeat it.",
                kind="list",
                name="roles",
                metavar="clusterrole|role/NAME",
                completes="none",
            ),
            namespace("The namespace in the kubeconfig. Default: the account's."),
            Option(
                "-o --output",
                "Format: a kubeconfig as yaml or json, the bare token or certificate with its key, exec-credential.",
                kind="text",
                choices=("yaml", "json", "token", "certificate", "exec-credential"),
                default="yaml",
            ),
            OUT,
            RAW,
            YES,
            YES_PROTECTED,
            NAMED,
            KUBECONFIG,
            *OF_SPEC,
            TRUST_SERVERS,
        ),
    ),
    Command(
        "revoke",
        "kcfg.cli.revoke",
        "End the tokens of a service account that `kcfg issue` handed out, before their time.",
        examples=(
            "kcfg revoke --list",
            "kcfg revoke prod-eu --service-account shop/deployer",
            "kcfg revoke dev --service-account shop/ci --delete",
        ),
        more="A token ends with what it is bound to: that of `issue --revocable` with its Secret, any with its "
        "account. kcfg remembers names and ends of what it issued on this machine, never a token. Exit code 1: one "
        "lives on.",
        arguments=(ONE_CONTEXT,),
        options=(
            ACCOUNT,
            Option(
                "--delete", "Delete the account, Role and RoleBindings that `issue --create` made.", needs=("account",)
            ),
            Option("--list", "List the tokens that live.", name="list_only", without=("account", "delete")),
            YES,
            YES_PROTECTED,
            NAMED,
            KUBECONFIG,
            *OF_SPEC,
            TRUST_SERVERS,
        ),
    ),
)
