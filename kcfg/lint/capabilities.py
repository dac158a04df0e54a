"""What clients make of the fields of a kubeconfig: the one table, for `explain clients` and `lint --clients`.

A measured cell is what arrived at a server that records, from the real client of that version (tests/clients holds
the table to it: `make clients`). Flux and Argo CD run in a cluster: their cells are read in their source. kubectl is
the measure: it uses every field, and of a token and a tokenFile it takes the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from kcfg.closest import suggest
from kcfg.dataclass import dataclass, field
from kcfg.errors import KcfgError
from kcfg.kubeconfig.fields import IMPERSONATION

USED, IGNORED, REFUSED, FAILS, PARTLY = "used", "ignored", "refused", "fails", "partly"
CALLER, NEEDLESS, NO_FIELD, OPTION, IMAGE = "caller", "needless", "no field", "option", "image"
FILE, TOKEN = "file", "token"
WORDS = {
    USED: "as kubectl",
    IGNORED: "goes on as if it were not there",
    REFUSED: "an error before anything is sent",
    FAILS: "an error while it connects or asks",
    PARTLY: "some of its values are sent",
    CALLER: "only what the program itself names counts",
    NEEDLESS: "nothing to do: it never asks for compression",
    NO_FIELD: "the client has no such setting: what writes its configuration loses it",
    OPTION: "only where whoever runs the client allows it with an option",
    IMAGE: "where the plugin is in the image of whoever runs the client",
    FILE: "the file's token is sent, as kubectl does",
    TOKEN: "the other token is sent",
}
FINE = (USED, NEEDLESS, FILE)
VERBS = {  # between the field and the client
    IGNORED: "is ignored by",
    REFUSED: "is refused by",
    FAILS: "fails with",
    PARTLY: "is sent only in part by",
    CALLER: "is left to the program by",
    NO_FIELD: "has no place in",
    OPTION: "needs an option of",
    IMAGE: "needs the plugin in the image of",
    TOKEN: "yields to the token in",
}


@dataclass(frozen=True, slots=True)
class Client:
    """A program that reads kubeconfigs: its version, how its cells are known, and where it is not as kubectl."""

    version: str
    known: str
    differs: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()  # what else it is called


@dataclass(frozen=True, slots=True)
class Field:
    """One row: what comes of it where a client does not use it, by word, and what to do instead."""

    comes: dict[str, str]
    hint: str


_AS = dict.fromkeys(IMPERSONATION, IGNORED)
_MEASURED = "measured: the client itself, against a server that records"
_GO_ON = "the request goes out under the user's own name, with all its rights"
_FEWER = "the request goes out without it"
_OWN = "give that client credentials of its own, with the rights it needs"
_NOT_SENT = "what is sent names nobody, or nothing is sent"
_PATHS = "the file is not where that client runs"
_FLATTEN = "`kcfg flatten` puts the content of files into the kubeconfig"
_PLUGIN = "no credential is sent"
_ARGS = "tell the plugin by its args, or give that client a token"

# Rows, in the order in which they are shown.
FIELDS: dict[str, Field] = {
    "as": Field({"": _GO_ON}, _OWN),
    "as-groups": Field({"": _FEWER}, _OWN),
    "as-uid": Field({"": _FEWER}, _OWN),
    "as-user-extra": Field({"": _FEWER}, _OWN),
    "proxy-url http": Field(
        {IGNORED: "it connects without the proxy"}, "give the program its proxy in another way: HTTPS_PROXY"
    ),
    "proxy-url socks5": Field(
        {IGNORED: "it connects without the proxy", "": "SOCKS is not in what is installed by default"},
        "use an HTTP proxy; or install what that client wants for SOCKS: PySocks for kubernetes, httpx[socks] for kr8s",
    ),
    "tls-server-name": Field(
        {"": "the server's certificate is held against the host in `server`"},
        "put a name that is in the certificate into `server`",
    ),
    "insecure-skip-tls-verify": Field(
        {"": "the server's certificate is verified"}, "give the certificate-authority of the server"
    ),
    "certificate-authority": Field({"": _PATHS}, _FLATTEN),
    "certificate-authority relative": Field({"": _PATHS}, _FLATTEN),
    "certificate-authority-data": Field({"": "the server is not trusted"}, "use another client"),
    "client-certificate": Field({"": _PATHS}, _FLATTEN),
    "client-certificate-data": Field({"": _NOT_SENT}, "give that client a token"),
    "token": Field({"": _NOT_SENT}, "use another client"),
    "tokenFile": Field(
        {IGNORED: "it asks without a credential, as nobody", "": _PATHS},
        "give that client the token itself, or an exec plugin",
    ),
    "tokenFile with a line break": Field(
        {IGNORED: "it asks without a credential, as nobody", FAILS: "it puts the line break into the header"}
        | {"": _PATHS},
        "write the token file without a line break at its end, or give that client the token itself",
    ),
    "tokenFile beside token": Field(
        {"": "it is someone else than with kubectl, which takes the file's"}, "leave only one of the two"
    ),
    "username": Field({"": _NOT_SENT}, "give that client a token or a client certificate"),
    "exec v1": Field(
        {"": _PLUGIN, IMAGE: "the plugin has to be there"},
        "for kcfg's own plugin: `kcfg render --exec-api v1beta1`; another one: write v1beta1 if it knows that",
    ),
    "exec v1beta1": Field({"": _PLUGIN, IMAGE: "the plugin has to be there"}, _ARGS),
    "exec client certificate": Field(
        {"": "it takes only a token from a plugin", IMAGE: "the plugin has to be there", OPTION: _PLUGIN},
        "give that client a token, or the certificate itself: `kcfg render --credentials inline`",
    ),
    "exec env": Field({"": "the plugin runs without these variables"}, _ARGS),
    "exec provideClusterInfo": Field({"": "the plugin is not told which cluster it signs in to"}, _ARGS),
    "namespace": Field(
        {"": "a request goes to this namespace only where the program names it"}, "name it in the program"
    ),
    "disable-compression": Field(
        {"": "answers may come compressed"}, "nothing breaks: it costs time, and no request is different"
    ),
}

_PATH_ROWS = ("certificate-authority", "certificate-authority relative", "client-certificate")
_EXEC_ROWS = ("exec v1", "exec v1beta1", "exec client certificate", "exec env", "exec provideClusterInfo")

CLIENTS: dict[str, Client] = {
    "kubectl": Client("1.33.1", _MEASURED),
    "client-go": Client("0.37.2", _MEASURED),
    "kubernetes": Client(
        "37.0.2",
        _MEASURED,
        _AS
        | {"proxy-url socks5": REFUSED, "tokenFile with a line break": FAILS, "tokenFile beside token": TOKEN}
        | {"namespace": CALLER, "disable-compression": NEEDLESS},
        ("kubernetes-python",),
    ),
    "kubernetes-asyncio": Client(
        "36.1.0",
        _MEASURED,
        _AS
        | {"proxy-url socks5": FAILS, "tokenFile with a line break": FAILS, "tokenFile beside token": TOKEN}
        | {"exec provideClusterInfo": IGNORED, "namespace": CALLER, "disable-compression": IGNORED},
        ("kubernetes_asyncio",),
    ),
    "kr8s": Client(
        "0.20.15",
        _MEASURED,
        _AS
        | {"proxy-url socks5": REFUSED, "tokenFile": IGNORED, "tokenFile with a line break": IGNORED}
        | {"tokenFile beside token": TOKEN, "username": REFUSED}
        | {"exec provideClusterInfo": IGNORED, "disable-compression": IGNORED},
    ),
    "lightkube": Client(
        "1.0.1",
        _MEASURED,
        _AS
        | {"proxy-url http": IGNORED, "proxy-url socks5": IGNORED, "tls-server-name": IGNORED}
        | {"tokenFile beside token": FILE, "exec v1": REFUSED, "exec client certificate": REFUSED}
        | {"exec provideClusterInfo": IGNORED, "disable-compression": IGNORED},
    ),
    "client-node": Client(
        "2.0.1",
        _MEASURED,
        {"as-groups": IGNORED, "as-uid": IGNORED, "as-user-extra": IGNORED}
        | {"tokenFile": IGNORED, "tokenFile with a line break": IGNORED, "tokenFile beside token": TOKEN}
        | {"exec provideClusterInfo": IGNORED, "namespace": CALLER, "disable-compression": IGNORED},
        ("@kubernetes/client-node",),
    ),
    "flux": Client(
        "e2cfd1a2",
        "read in fluxcd/pkg runtime/client/kubeconfig.go (KubeConfig), which copies what it lets through",
        _AS
        | {"insecure-skip-tls-verify": OPTION}
        | dict.fromkeys((*_PATH_ROWS, "tokenFile", "tokenFile with a line break"), REFUSED)
        | {"tokenFile beside token": TOKEN, "namespace": CALLER}
        | dict.fromkeys(_EXEC_ROWS, OPTION),
    ),
    "argocd": Client(
        "015ba5e7",
        "read in Argo CD's pkg/apis/application/v1alpha1/types.go (ClusterConfig), the `config` of a cluster's Secret",
        dict.fromkeys((*_AS, *_PATH_ROWS, "tokenFile", "tokenFile with a line break"), NO_FIELD)
        | {"tokenFile beside token": TOKEN, "namespace": CALLER}
        | {"exec v1": IMAGE, "exec v1beta1": IMAGE, "exec client certificate": IMAGE},
    ),
}


def cell(client: str, row: str) -> str:
    """Return the word for what a client makes of a field."""
    otherwise = FILE if row == "tokenFile beside token" else USED
    return CLIENTS[client].differs.get(row, otherwise)


def client_named(name: str) -> str:
    """Return the client that is called so. Raises KcfgError with the name that is most alike."""
    wanted = name.strip().lower()
    for client, about in CLIENTS.items():
        if wanted in (client, *about.names):
            return client
    guess = suggest(wanted, [each for client, about in CLIENTS.items() for each in (client, *about.names)])
    hint = f"{guess} `kcfg explain clients` lists them: {', '.join(CLIENTS)}".lstrip()
    raise KcfgError(f"no client {name!r}", hint=hint)


def clients_named(names: Iterable[str]) -> tuple[str, ...]:
    """Return the clients of options such as `kr8s,lightkube`, each once. Raises KcfgError for an unknown one."""
    return tuple(dict.fromkeys(client_named(each) for name in names for each in name.split(",")))


def show_table() -> list[str]:
    """Return the table as lines: a row for each field, a column for each client, then the words and the sources."""
    first = max(map(len, FIELDS)) + 2
    widths = {name: max(len(name), len(about.version), len(NEEDLESS)) + 2 for name, about in CLIENTS.items()}

    def line(head: str, cells: dict[str, str]) -> str:
        return (head.ljust(first) + "".join(cells[name].ljust(width) for name, width in widths.items())).rstrip()

    lines = [line("FIELD", {name: name for name in CLIENTS})]
    lines.append(line("", {name: about.version for name, about in CLIENTS.items()}))
    lines += [line(row, {name: cell(name, row) for name in CLIENTS}) for row in FIELDS]
    lines += ["", *(f"{word:10}{meaning}" for word, meaning in WORDS.items())]
    known = dict.fromkeys(about.known for about in CLIENTS.values())
    for each in known:
        names = ", ".join(name for name, about in CLIENTS.items() if about.known == each)
        lines += ["", *wrap(f"{names}: {each}", 100)]
    return [*lines, "", "`kcfg lint --clients kr8s,lightkube` finds where a file needs more than a client does."]


def show_client(client: str) -> list[str]:
    """Return a client's column as lines, with what comes of it where the client is not as kubectl."""
    about = CLIENTS[client]
    lines = [f"{client} {about.version}", about.known, ""]
    for row, told in FIELDS.items():
        word = cell(client, row)
        comes = "" if word in FINE else told.comes.get(word, told.comes.get("", ""))
        lines.append(f"{row:32}{word:10}{comes}".rstrip())
    return lines
