#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh makes the images of this tree, of this tree with the projection version before, and of the simulator, starts the node of
# hack/node with them, checks the installation there, and ends the node. Root on Linux is needed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
. hack/node/env.sh
hack/node/build.sh >/dev/null
work=$(mktemp -d "$node_home/check.XXXXXX")
trap 'hack/node/down.sh; rm -rf "$work"' EXIT

# imaged PROGRAM TAG [FLAG…] builds a program and leaves its image where the node imports it from.
imaged() {
  CGO_ENABLED=0 go build -trimpath -buildvcs=false "${@:3}" -o "$work/$1" "./cmd/$1"
  go -C hack/install run ./image --tag "localhost/$1:$2" --version "$2" --entrypoint "/$1" --out "$images/$1-$2.tar" "$(go env GOARCH)=$work/$1"
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
hack/node/up.sh
hack/node/in.sh "$work/installcheck" --root "$root" --scratch "$work" --audit "$logs/audit.log"
