"""A process that edits one kubeconfig many times through kcfg's commands; told by test_races.

It prints `done NAME` for every edit that kcfg acknowledged, and `lost NAME…` if a write of its own dropped an entry
that the file held when it was written.
"""

import contextlib
import io
import sys

from kcfg import __main__ as kcfg_main
from kcfg.errors import KcfgError
from kcfg.kubeconfig import file as kubeconfig_file
from kcfg.kubeconfig.decode import decode
from kcfg.yaml.parse import parse_yaml


def names(raw):
    return set(decode(parse_yaml(raw or b"", "file")).contexts)


def watch(write):
    def watched(path, after, **more):
        with open(path, "rb") as file:
            before = file.read()
        if lost := names(before) - names(after):
            print("lost", *lost, flush=True)
        write(path, after, **more)

    return watched


def main(path, prefix, count):
    kubeconfig_file.write_atomic = watch(kubeconfig_file.write_atomic)
    for number in range(int(count)):
        name = f"{prefix}-{number}"
        for _ in range(100):
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    kcfg_main.dispatch(["set-context", name, "--namespace", name, "--kubeconfig", path])
            except KcfgError as error:
                print("refused", str(error).splitlines()[0], flush=True)
                continue
            print("done", name, flush=True)
            break


main(*sys.argv[1:])
