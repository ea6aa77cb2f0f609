#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh [DIST] has krew itself judge a release of the plugin: its checker the manifest, and krew the installation of every platform
# from its archive, without a network. The one for this machine is then called as people do, through kubectl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dist=$(cd "${1:-dist}" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
krew() { go tool -modfile=hack/krew/go.mod "$@"; }

krew validate-krew-manifest -skip-install -manifest "$dist/mux.yaml" 2>&1 | sed 's/^/krew: /'
here=$(go env GOOS)/$(go env GOARCH)
sed -n 's|^ *uri: .*/\(kubectl-mux_.*\)$|\1|p' "$dist/mux.yaml" | while read -r archive; do
  platform=${archive#kubectl-mux_}
  platform=${platform%%.*}
  os=${platform%_*} arch=${platform#*_}
  export KREW_ROOT=$scratch/$platform KREW_OS=$os KREW_ARCH=$arch
  krew krew install --manifest="$dist/mux.yaml" --archive="$dist/$archive" </dev/null >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
  find "$KREW_ROOT/store" -iname license | grep -q . || { echo "krew: no LICENSE is installed for $os/$arch"; exit 1; }
  echo "krew: installed for $os/$arch"
  if [ "$os/$arch" = "$here" ]; then
    kubectl=$(hack/controlplane/build.sh)/kubectl
    PATH="$KREW_ROOT/bin:$PATH" "$kubectl" mux version | sed 's/^/krew: kubectl mux version: /'
  fi
done
