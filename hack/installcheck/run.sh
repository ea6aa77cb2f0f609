#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh makes the images of this tree, of this tree with the projection version before, and of the simulator, starts a Kubernetes
# node with them, checks the installation there, and ends the node: one of kind where Docker answers, or else that of hack/node, for
# which root on Linux is needed.
#
#   INSTALL_CHECK_NODE  kind or modules (that of hack/node), where it is not to be found out
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
. hack/node/env.sh
node=${INSTALL_CHECK_NODE:-$(timeout 20 docker info >/dev/null 2>&1 && echo kind || echo modules)}
hack/node/build.sh "$node" >/dev/null
mkdir -p "$node_home"
work=$(mktemp -d "$node_home/check.XXXXXX")
export KUBECONFIG=$work/kubeconfig

up() {
  case $node in
  kind) PATH=$bin:$PATH hack/installcheck/kind.sh up "$@" ;;
  modules) cp "$@" "$images/" && hack/node/up.sh ;;
  esac
}

inside() {
  case $node in
  kind) PATH=$bin:$PATH hack/installcheck/kind.sh run "$@" ;;
  modules) AUDIT_LOG=$logs/audit.log hack/node/in.sh "$@" ;;
  esac
}

down() {
  case $node in
  kind) PATH=$bin:$PATH hack/installcheck/kind.sh down ;;
  modules) hack/node/down.sh ;;
  esac
}

trap 'down; rm -rf "$work"' EXIT

# imaged PROGRAM TAG [FLAG…] builds a program and assembles its image, which may have 25 MiB as a node pulls it.
imaged() {
  CGO_ENABLED=0 GOOS=linux go build -trimpath -buildvcs=false "${@:3}" -o "$work/$1" "./cmd/$1"
  go -C hack/install run ./image --tag "localhost/$1:$2" --version "$2" --entrypoint "/$1" --max-mib 25 --out "$work/$1-$2.tar" "$(go env GOARCH)=$work/$1"
}

# The release before wrote the projection version before: the one constant is replaced for that build alone.
file=$root/api/v1alpha1/conditions.go
version=$(sed -n 's/^const ProjectionVersion = //p' "$file")
sed "s/^const ProjectionVersion = .*/const ProjectionVersion = $((version - 1))/" "$file" >"$work/conditions.go"
printf '{"Replace": {"%s": "%s"}}' "$file" "$work/conditions.go" >"$work/overlay.json"
imaged mux-operator v0.0.9 -overlay "$work/overlay.json" -ldflags "-s -w -X main.version=v0.0.9"
imaged mux-operator v0.1.0 -ldflags "-s -w -X main.version=v0.1.0"
imaged muxsim 1 -ldflags "-s -w"
CGO_ENABLED=0 go build -o "$work/installcheck" ./hack/installcheck
up "$work"/*.tar
inside "$work/installcheck" --root "$root" --scratch "$work"
