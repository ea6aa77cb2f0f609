#!/usr/bin/env bash
# build.sh puts etcd, kube-apiserver and kubectl into one folder and prints that folder as its last line, for
# KUBEBUILDER_ASSETS. It fetches them with setup-envtest where that works and builds them from the Go modules pinned in
# this directory where it does not (about 7 minutes on two cores the first time, seconds from Go's build cache).
#
#   CONTROLPLANE_HOME   where the folders are kept (default: the user's cache folder)
#   CONTROLPLANE_BUILD  set to 1 to skip fetching
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

say() { printf '%s\n' "controlplane: $*" >&2; }
fail() { say "$*"; exit 1; }

command -v go >/dev/null || fail "go is not on the PATH; install Go $(sed -n 's/^go //p' "$root/go.mod") or newer"

# The version of the control plane follows the client libraries in go.mod: k8s.io/client-go v0.37.2 is Kubernetes 1.37.2.
version=$(sed -n 's#^[[:space:]]*k8s.io/client-go v0\.\([0-9.]*\).*#1.\1#p' "$root/go.mod" | head -n 1)
[ -n "$version" ] || fail "no k8s.io/client-go v0.* in $root/go.mod"
minor=${version#1.}; minor=${minor%%.*}
home=${CONTROLPLANE_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/mux-operator/controlplane}
assets=$home/v$version-$(go env GOOS)-$(go env GOARCH)
binaries=(etcd kube-apiserver kubectl)

complete() { for b in "${binaries[@]}"; do [ -x "$1/$b" ] || return 1; done; }

# fetch asks setup-envtest for the newest patch of the minor version. It needs the internet; two minutes are ample for
# 100 MB on a slow line, and without a route it fails at once.
fetch() {
  local dir
  say "fetching Kubernetes 1.$minor with setup-envtest"
  dir=$(cd "$root" && timeout 120 go tool -modfile=hack/tools/go.mod setup-envtest use "1.$minor.x" \
    --bin-dir "$home/envtest" -p path 2>"$home/fetch.log") || return 1
  complete "$dir" && cp "$dir"/* "$1/"
}

build() {
  local v="k8s.io/component-base/version" s b pkg
  local ldflags="-s -w -X $v.gitVersion=v$version -X $v.gitMajor=1 -X $v.gitMinor=$minor"
  for b in "${binaries[@]}"; do
    case $b in etcd) pkg=go.etcd.io/etcd/server/v3 ;; *) pkg=k8s.io/kubernetes/cmd/$b ;; esac
    s=$SECONDS
    say "building $b"
    (cd "$here" && CGO_ENABLED=0 go build -trimpath -mod=readonly -ldflags "$ldflags" -o "$1/$b" "$pkg") ||
      fail "building $b failed; the Go module proxy must be reachable (GOPROXY is $(go env GOPROXY))"
    say "built $b in $((SECONDS - s)) s"
  done
}

if ! complete "$assets"; then
  # Filled beside its place and moved at the end, so that a cut never leaves a half-filled folder behind.
  mkdir -p "$home"
  partial=$(mktemp -d "$home/partial.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  if [ -n "${CONTROLPLANE_BUILD:-}" ] || ! fetch "$partial"; then
    say "building Kubernetes $version and etcd from Go modules (about 7 minutes the first time)"
    build "$partial"
  fi
  complete "$partial" || fail "no etcd, kube-apiserver and kubectl in $partial"
  rm -rf "$assets"
  mv "$partial" "$assets"
  chmod 755 "$assets"
fi
say "Kubernetes $version in $assets"
echo "$assets"
