#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# playground.sh starts the node of this folder with two replicas of this tree's operator, the simulator of Mux and the samples in it, and
# stays until it is interrupted. Root on Linux is needed. `make playground` builds kubectl-mux before.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
. hack/node/env.sh
hack/node/build.sh >/dev/null
trap 'hack/node/down.sh; rm -f "$images"/playground-*.tar' EXIT

# imaged PROGRAM TAG builds a program and leaves its image where the node imports it from.
imaged() {
  CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "bin/image/$1" "./cmd/$1"
  go -C hack/install run ./image --tag "localhost/$1:$2" --version "$2" --entrypoint "/$1" --out "$images/playground-$1.tar" "$(go env GOARCH)=$root/bin/image/$1"
}
imaged mux-operator playground
imaged muxsim 1
hack/node/up.sh

in=hack/node/in.sh
$in helm install mux-operator config/chart/mux-operator --namespace mux-operator-system --create-namespace --wait \
  --set image.repository=localhost/mux-operator,image.tag=playground,image.pullPolicy=Never >/dev/null
$in kubectl apply -f hack/installcheck/manifests/muxsim.yaml >/dev/null
$in kubectl -n muxsim rollout status deployment/muxsim --timeout=60s >/dev/null
# Services by their addresses and not by their names, so that what runs beside the pods reaches them, too, such as kubectl mux doctor.
address=$($in kubectl -n muxsim get service muxsim -o jsonpath='{.spec.clusterIP}')
receiver=$($in kubectl -n mux-operator-system get service mux-operator-receiver -o jsonpath='{.spec.clusterIP}')
sed "s|apiURL: .*|apiURL: http://$address:8089|" hack/installcheck/manifests/environment.yaml | $in kubectl apply -f -
$in kubectl wait muxenvironment/default --for=condition=Ready --timeout=60s >/dev/null
# What a person does in Mux's dashboard: the address that webhooks are sent to, and the secret that signs them.
$in kubectl create --raw /api/v1/namespaces/muxsim/services/muxsim:http/proxy/_sim/webhooks -f - >/dev/null <<END
{"secret": "demo0signing0secret0of0the0sample",
 "address": "http://$receiver$($in kubectl get muxenvironment default -o jsonpath='{.status.webhookPath}')"}
END
for kind in muxasset muxlivestream muxupload; do $in kubectl apply -f "config/samples/video_v1alpha1_$kind.yaml"; done
$in kubectl wait muxasset/intro --for=condition=Ready --timeout=60s

cat <<END

It stays until you press Ctrl-C. In another terminal, as root:

    cd $root && PATH=$root/bin:\$PATH hack/node/in.sh bash
    kubectl get pods,mux --all-namespaces
    kubectl mux doctor
    curl http://$address:8089/_sim/requests   # docs/playground.md has more of these

END
sleep infinity &
trap 'kill $!; exit 0' INT TERM
wait
