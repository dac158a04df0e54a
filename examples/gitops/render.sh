#!/bin/sh
# Render both trees, or with `--check` only compare them with what is committed (exit 1: they differ).
set -eu
cd "$(dirname "$0")"
into=--out
[ "${1:-}" != --check ] || into=--check
code=0
kcfg render --to external-secrets --template argocd $into argocd || code=$?
kcfg render --to external-secrets --template flux -e flux $into flux || code=$?
exit $code
