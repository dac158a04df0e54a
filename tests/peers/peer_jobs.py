"""Every peer, the same files, the same jobs: who loses what. Writes record.json, and the tables of both READMEs.

make peers                                        # minutes, most of them to build the peers, once
python tests/peers/peer_jobs.py --cached            # builds nothing
python tests/peers/peer_jobs.py kubectl kubectx       # only these; writes nothing
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import install
import tables
from files import FILES, OTHER, File
from install import Peer
from losses import look, lost

HERE = Path(__file__).parent
RECORD = HERE / "record.json"
KCFG = Path(sys.executable).with_name("kcfg")
MERGE = 'KUBECONFIG=$1:other $0 config view --flatten --raw > new && cat new > "$1" && rm new'

Bodies = dict[tuple[str, str], object]


@dataclass(frozen=True)
class Job:
    """One piece of work: its words for each peer ({name}: the context, {file}: the kubeconfig), and what it is to do.

    `lines` is how many lines of the old text may go: those that the job is about.
    """

    name: str
    words: dict[str, list[str]]
    wanted: Callable[[str, Bodies], Bodies]
    lines: int


def _switched(name: str, old: Bodies) -> Bodies:
    return {**old, ("", "current-context"): name}


def _renamed(name: str, old: Bodies) -> Bodies:
    return {("contexts", "live") if key == ("contexts", name) else key: each for key, each in old.items()}


def _deleted(name: str, old: Bodies) -> Bodies:
    return {key: each for key, each in old.items() if key != ("contexts", name)}


def _collected(name: str, old: Bodies) -> Bodies:
    """What kubie says that its delete does: its cluster and user go too, unless another context needs them."""
    left = _deleted(name, old)
    body = old.get(("contexts", name))
    own = {(f"{kind}s", body.get(kind)) for kind in ("cluster", "user")} if isinstance(body, dict) else set()
    others = [each for key, each in left.items() if key[0] == "contexts" and isinstance(each, dict)]
    needed = {(f"{kind}s", each.get(kind)) for each in others for kind in ("cluster", "user")}
    return {key: each for key, each in left.items() if key not in own - needed}


def _moved(name: str, old: Bodies) -> Bodies:
    body = old.get(("contexts", name))
    return {**old, ("contexts", name): {**(body if isinstance(body, dict) else {}), "namespace": "web"}}


def _merged(name: str, old: Bodies) -> Bodies:
    extra = {
        ("clusters", "extra"): {"server": "https://extra.example.com:6443"},
        ("contexts", "extra"): {"cluster": "extra", "user": "extra"},
        ("users", "extra"): {"username": "extra"},
    }
    return {("", "current-context"): "extra", **old, **extra}


JOBS = (
    Job(
        "switch",
        {
            "kcfg": ["use-context", "--", "{name}"], "kubectl": ["config", "use-context", "--", "{name}"],
            "kubectx": ["{name}"],
        },
        _switched, 2,
    ),
    Job(
        "rename",
        {
            "kcfg": ["rename-context", "--", "{name}", "live"],
            "kubectl": ["config", "rename-context", "--", "{name}", "live"],
            "kubectx": ["live={name}"],
        },
        _renamed, 2,
    ),
    Job(
        "delete",
        {
            "kcfg": ["delete-context", "--", "{name}"], "kubectl": ["config", "delete-context", "--", "{name}"],
            "kubectx": ["-d", "{name}"], "kubie": ["delete", "--", "{name}"],
        },
        _deleted, 9,
    ),
    Job("merge", {"kcfg": ["merge", "{file}", "other", "--in-place"], "kubectl": ["{file}"]}, _merged, 4),
    Job(
        "namespace",
        {
            "kcfg": ["set-context", "--namespace", "web", "--", "{name}"],
            "kubectl": ["config", "set-context", "--namespace", "web", "--", "{name}"],
        },
        _moved, 3,
    ),
)  # fmt: skip


def words_of(job: Job, peer: Peer, file: File) -> list[str] | None:
    """Return the command line of a peer for a job; None where it has none."""
    known = job.words.get("kubectx" if peer.name.startswith("kubectx") else peer.name)
    if known is None:
        return None
    words = [each.format(name=file.context, file="config") for each in known]
    return (
        ["sh", "-c", MERGE, peer.path, *words] if (peer.name, job.name) == ("kubectl", "merge") else [peer.path, *words]
    )


def run(job: Job, peer: Peer, file: File, kubectl: str, scratch: Path) -> list[str]:
    """Let one peer do one job on one file, in a home of its own; return what it lost."""
    home = scratch / "home"
    folder = home / ".kube"
    folder.mkdir(parents=True)
    path = folder / "config"
    path.write_bytes(file.data)
    path.chmod(0o600)
    (folder / "other").write_text(OTHER)
    (home / "certs").mkdir()
    for each in (folder / "prod.crt", folder / "prod.key", home / "certs/dev.crt"):
        each.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    (scratch / "bin").mkdir()
    (scratch / "bin/kubectl").symlink_to(kubectl)
    file.on_disk(path)
    before = look(path)
    env = {"HOME": str(home), "PATH": f"{scratch}/bin:{os.environ['PATH']}"}
    if file.several:
        env["KUBECONFIG"] = "first:config"
    words = words_of(job, peer, file)
    assert words
    done = subprocess.run(
        words,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        errors="replace",
        timeout=60,
    )
    if os.environ.get("KCFG_PEERS_VERBOSE"):
        print(f"--- {peer.name} {job.name} {file.about}: {done.returncode}\n{done.stdout}{done.stderr}")
        print(path.read_text(errors="replace"))

    def accepts() -> bool:
        """Whether kubectl still reads the file; true where it did not before."""
        path.with_name("before").write_bytes(file.data)
        asked = [[kubectl, "config", "view", "--kubeconfig", str(each)] for each in (path, path.with_name("before"))]
        now, then = (subprocess.run(words, env=env, cwd=folder, capture_output=True, check=False) for words in asked)
        return not now.returncode or bool(then.returncode)

    # In a list of files the current context belongs to the first, as kubectl has it.
    wanted = _collected if peer.name == "kubie" else _in_list(job, file)
    lines = job.lines + 5 if peer.name == "kubie" else job.lines  # the cluster's and the user's
    after = look(path)
    return lost(before, after, lambda old: wanted(file.context, old), done.returncode, done.stderr, lines, accepts)


def _in_list(job: Job, file: File) -> Callable[[str, Bodies], Bodies]:
    return (lambda _, old: old) if file.several and job.name == "switch" else job.wanted


def measure(
    peers: list[Peer], kubectl: str, files: tuple[File, ...] = FILES
) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return what was lost: peer → job → file → losses, only files of which something was."""
    found: dict[str, dict[str, dict[str, list[str]]]] = {}

    def one(peer: Peer, job: Job, file: File) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="peers.") as scratch:
            return run(job, peer, file, kubectl, Path(scratch))

    with ThreadPoolExecutor(4) as pool:
        for peer in peers:
            for job in JOBS:
                if not peer.path or words_of(job, peer, FILES[0]) is None:
                    continue
                all_lost = pool.map(lambda file, peer=peer, job=job: one(peer, job, file), files)
                seen = {file.about: losses for file, losses in zip(files, all_lost, strict=True) if losses}
                found.setdefault(peer.name, {})[job.name] = seen
    return found


def kcfg() -> Peer:
    said = subprocess.run([str(KCFG), "version"], capture_output=True, text=True, check=True).stdout
    return Peer("kcfg", said.split()[1], str(KCFG))


def main(words: list[str]) -> int:
    only = [word for word in words if word != "--cached"]
    peers = [kcfg(), *install.peers(build=not words)]
    kubectl = next((each for each in peers if each.name == "kubectl"), None)
    if kubectl is None or not kubectl.path:
        sys.exit("kubectl is needed: it judges what the others leave")
    results = measure([each for each in peers if not only or each.name in only], kubectl.path)
    if only:
        print(json.dumps(results, indent=1))
        return 0
    record = {
        "date": datetime.date.today().isoformat(),
        "files": [each.about for each in FILES],
        "peers": {each.name: {"version": each.version, "reason": each.reason} for each in peers},
        "lost": results,
    }
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    tables.write(record)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
