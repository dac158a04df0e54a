"""What kubectl answered, kept in conformance/answers.json: a start of it is a twentieth of a second.

A version never changes. What is not there is asked: another version, a text that is new or changed. One in twenty is
asked all the same, and all of them where KCFG_KUBECTL names a judge (`make kubectls`). The file is written anew by
`KCFG_RECORD=1 KCFG_REQUIRE=kubectl .venv/bin/pytest -n 0 tests/conformance tests/secrets`.

Of examples that hypothesis draws, which with KCFG_REQUIRE are the same each time, it is kept which answers of kcfg's
kubectl judged to be right: another answer, another example, or another line in the test has it judge again.
"""

import functools
import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parent / "conformance" / "answers.json"
ASKS_ALL = "KCFG_KUBECTL" in os.environ
RECORDS = "KCFG_RECORD" in os.environ
ONE_IN = 20
# Certificates are made anew each time: what has one is asked each time.
MADE = b"LS0tLS1CRUdJTi"  # -----BEGIN in base64
SAID = 600  # what is wrong stands at the end; before it may be all of a kubeconfig
_written: dict[tuple[str, str], dict[str, Any]] = {}
IS_DRAWN_AGAIN = "KCFG_REQUIRE" in os.environ  # as in kubeconfigs.py
NO_QUESTION = "none"


@functools.cache
def _kept() -> dict[str, Any]:
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


@functools.cache
def version(program: str) -> str:
    """The version of a kubectl, as it says it."""
    said = subprocess.check_output([program, "version", "--client", "-o", "json"], timeout=120)
    return str(json.loads(said)["clientVersion"]["gitVersion"])


def ask(program: str, words: list[str], folder: Path, topic: str) -> "subprocess.CompletedProcess[str]":
    """Return what kubectl makes of the file `k` of a folder, in which it runs: a CompletedProcess."""
    text = (folder / "k").read_bytes()
    digest = hashlib.sha256(b"\0".join([*(word.encode() for word in words), text])).hexdigest()[:12]
    key = f"{' '.join(words)[-60:]} {digest}"
    if RECORDS and MADE not in text:
        done = _run(program, words, folder)
        _write(topic, version(program), key, [done.returncode, done.stdout, done.stderr])
        return done
    kept = _kept().get(topic, {}).get(version(program), {}).get(key)
    if kept is None:
        return _run(program, words, folder)
    if ASKS_ALL or int(digest, 16) % ONE_IN == 0:
        done = _run(program, words, folder)
        assert [done.returncode, done.stdout] == kept[:2], f"{key}: another answer than the one in {KEPT.name}"
        return done
    return subprocess.CompletedProcess(words, *kept)


class Judged:
    """What a kubectl has judged of the answers to one question: `test` is the file of the test that compares."""

    def __init__(self, topic: str, program: str, test: str, *question: object) -> None:
        source = _digest(Path(test).read_bytes())
        self._topic, self._version, self._key = topic, version(program), _digest(repr((source, question)).encode())
        asked_all_the_same = ASKS_ALL or RECORDS or int(self._key, 16) % ONE_IN == 0
        kept = None if asked_all_the_same else _kept().get(topic, {}).get(self._version, {}).get(self._key)
        self.is_no_question, self._kept = kept == NO_QUESTION, kept

    def is_right(self, ours: object) -> bool:
        """Return whether this is known to be right."""
        return bool(self._kept == _digest(repr(ours).encode()))

    def keep(self, ours: object) -> None:
        """Keep that this is right, where it is recorded."""
        self._write(_digest(repr(ours).encode()))

    def keep_that_it_is_none(self) -> None:
        """Keep that this kubectl's answer is none to compare with."""
        self._write(NO_QUESTION)

    def _write(self, verdict: str) -> None:
        if RECORDS and IS_DRAWN_AGAIN:
            _write(self._topic, self._version, self._key, verdict)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _run(program: str, words: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run([program, *words], capture_output=True, text=True, cwd=folder, timeout=120)
    out, err = (said.replace(str(folder), "$DIR") for said in (done.stdout, done.stderr[-SAID:]))
    return subprocess.CompletedProcess(words, done.returncode, out, err)


def _write(topic: str, version: str, key: str, answer: object) -> None:
    """Keep an answer, in place of all that were kept of this topic and version before."""
    _written.setdefault((topic, version), {})[key] = answer
    found = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    found.setdefault(topic, {})[version] = dict(sorted(_written[topic, version].items()))
    KEPT.write_text(json.dumps(dict(sorted(found.items())), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
