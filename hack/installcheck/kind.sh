#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kind.sh up ARCHIVE… starts a cluster of kind in Docker, imports archives of images and writes the file KUBECONFIG; kind.sh run
# COMMAND… runs a command for it; kind.sh down deletes it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=mux-operator-install-check

case $1 in
up)
  config=$(mktemp)
  trap 'rm -f "$config"' EXIT
  sed "s#@policy@#$(dirname "$here")/node/files/audit.yaml#" "$here/kind.yaml" >"$config"
  kind create cluster --name "$name" --config "$config" --kubeconfig "$KUBECONFIG" --wait 120s
  for archive in "${@:2}"; do kind load image-archive "$archive" --name "$name"; done
  ;;
run)
  NODE_EXEC="docker exec $name-control-plane" AUDIT_LOG=/var/log/kubernetes/audit.log exec "${@:2}"
  ;;
down) kind delete cluster --name "$name" --kubeconfig "$KUBECONFIG" ;;
esac
