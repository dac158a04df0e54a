#!/bin/sh
# Rendered by kcfg; changes belong into the spec.
# Usage: sh kubeconfig.sh [KUBECONFIG]
set -eu
config=${1:-${KUBECONFIG:-$HOME/.kube/config}}
case $config in *:*) echo "kubeconfig.sh: name one file: $config" >&2; exit 2 ;; esac
k() { kubectl --kubeconfig "$config" config "$@" >/dev/null; }
case $(kubectl config set-credentials --help) in *exec-interactive-mode*) ;; *)
  echo "kubeconfig.sh: kubectl 1.30 or newer is needed" >&2; exit 2 ;; esac
k set-cluster --server=https://prod-eu.example.com:6443 --tls-server-name=kubernetes -- prod-eu
k set -- clusters.prod-eu.certificate-authority-data LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJRRENCNXFBREFnRUNBZ0VCTUFvR0NDcUdTTTQ5QkFNQ01CNHhIREFhQmdOVkJBTU1FMnRqWm1jZ2RHVnoKZENCaGRYUm9iM0pwZEhrd0lCY05NakF3TVRBeE1EQXdNREF3V2hnUE1qRXlNREF4TURFd01EQXdNREJhTUI0eApIREFhQmdOVkJBTU1FMnRqWm1jZ2RHVnpkQ0JoZFhSb2IzSnBkSGt3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPClBRTUJCd05DQUFRK2luV25hYlQ1K3czREQ5eVFqWUV4dmd0TWNwNFNXVkUwckJLWHZyR3N2bEpMQ0l3Q0dGTFYKWXNVdEl3MHBMVkt4M04vaC8rRWErQWlsYzFsT3BzQmVveE13RVRBUEJnTlZIUk1CQWY4RUJUQURBUUgvTUFvRwpDQ3FHU000OUJBTUNBMGtBTUVZQ0lRRFMyMzFLdFlLTW1EYzQ1a056ME8zUVlMcnkzQ21OcUVsYTBGbDNKQjdDCkRRSWhBTkZGYWVNTHlQb1FGRTljRjA4TGEvNGlIc2NVbGtWdmc4N1pEdEVmV2l6aAotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg==
k set-cluster --server=https://b.example.com --proxy-url=http://proxy.example.com -- 'it'"'"'s $HOME'
k set -- 'clusters.it'"'"'s $HOME.disable-compression' true
k set-credentials --exec-command=kcfg-credential --exec-api-version=client.authentication.k8s.io/v1 '--exec-arg="--kind"' '--exec-arg="token"' '--exec-arg="--keyring"' '--exec-arg="kcfg/fleet/robot/token"' --exec-interactive-mode=Never -- robot
k set-credentials -- files
k set -- users.files.act-as ops
k set -- users.files.act-as-uid 7
k set-credentials --exec-command=login --exec-api-version=client.authentication.k8s.io/v1 '--exec-arg="a,b"' '--exec-arg="say ""hi"""' '--exec-arg=""' '--exec-arg="two
lines"' --exec-interactive-mode=IfAvailable -- -login
k set-credentials --exec-env=A=x=y -- -login
k set-credentials --exec-env=B= -- -login
k set-context --cluster=prod-eu --user=robot --namespace=web -- prod-eu
k set-context '--cluster=it'"'"'s $HOME' --user=files -- b
k set-context --cluster=prod-eu --user=-login -- -c
k use-context -- -c
