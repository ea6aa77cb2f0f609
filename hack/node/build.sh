#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build.sh builds a Kubernetes node from the Go modules pinned in this directory, with nftables and libseccomp of a few Debian
# packages that are unpacked and not installed. About 12 minutes and 1 GB on two cores the first time, seconds from Go's build cache.
#
#   build.sh kind   builds kind, kubectl and helm alone, for a node in Docker
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/env.sh"
mkdir -p "$bin/cni" "$images" "$node_home/debian"
export GOFLAGS="-buildvcs=false -mod=readonly" CGO_ENABLED=0

# built MODULE OUTPUT PACKAGE [FLAG…]
built() {
  local began=$SECONDS
  (cd "$here/$1" && go build -trimpath "${@:4}" -o "$bin/$2" "$3") || fail "building $2 failed; is the Go module proxy reachable?"
  say "built $2 in $((SECONDS - began)) s"
}

version=$(sed -n 's#^require k8s.io/kubernetes v##p' "$here/kubernetes/go.mod")
minor=${version#1.}
v=k8s.io/component-base/version
kubernetes="-s -w -X $v.gitVersion=v$version -X $v.gitMajor=1 -X $v.gitMinor=${minor%%.*}"
built kubernetes kubectl k8s.io/kubernetes/cmd/kubectl -ldflags "$kubernetes"
built helm helm helm.sh/helm/v4/cmd/helm -ldflags "-s -w"
if [ "${1:-}" = kind ]; then
  built kind kind sigs.k8s.io/kind -ldflags "-s -w"
  echo "$node_home"
  exit
fi

[ "$(uname -s)" = Linux ] || fail "a node needs Linux"

debian=$node_home/debian/root/usr
libraries=$debian/lib/$(uname -m)-linux-gnu
if [ ! -x "$debian/sbin/nft" ]; then
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || fail "apt-get and dpkg are needed for nftables and libseccomp"
  (cd "$node_home/debian" && apt-get -qq update &&
    apt-get -qq download nftables libnftables1 libnftnl11 libmnl0 libjansson4 libedit2 libbsd0 libmd0 libseccomp-dev libseccomp2 &&
    for package in *.deb; do dpkg -x "$package" root; done)
fi
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/sbin/nft "$@"\n' "$libraries" "$debian" >"$bin/nft"
chmod +x "$bin/nft"

built kubernetes etcd go.etcd.io/etcd/server/v3 -ldflags "-s -w"
for command in kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet; do
  built kubernetes $command k8s.io/kubernetes/cmd/$command -ldflags "$kubernetes"
done
version=$(sed -n 's#.*github.com/containerd/containerd/v2 v#v#p' "$here/containerd/go.mod")
for command in containerd containerd-shim-runc-v2 ctr; do
  built containerd $command github.com/containerd/containerd/v2/cmd/$command -tags "no_btrfs no_devmapper no_zfs" \
    -ldflags "-s -w -X github.com/containerd/containerd/v2/version.Version=${version%% *}"
done
for plugin in main/bridge main/loopback ipam/host-local; do
  built cni "cni/${plugin##*/}" github.com/containernetworking/plugins/plugins/$plugin -ldflags "-s -w"
done
built coredns coredns . -ldflags "-s -w"
version=$(sed -n 's#.*github.com/opencontainers/runc v##p' "$here/runc/go.mod")
CGO_ENABLED=1 CGO_CFLAGS="-I$debian/include" CGO_LDFLAGS="-L$libraries" PKG_CONFIG_PATH=$libraries/pkgconfig \
  built runc runc github.com/opencontainers/runc -tags "seccomp runc_nolibpathrs" -ldflags "-s -w -X main.version=${version%% *}"
built ../.. pause ./hack/node/pause -ldflags "-s -w"
go -C "$root/hack/install" run ./image --tag localhost/pause:1 --entrypoint /pause --out "$images/pause.tar" "$(go env GOARCH)=$bin/pause" >&2
echo "$node_home"
