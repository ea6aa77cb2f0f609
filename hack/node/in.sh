#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# in.sh COMMAND… runs a command in the node, where pods and Services can be reached and kubectl, helm and ctr are on the PATH.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/env.sh"
[ -s "$state/init.pid" ] || fail "no node is up: run hack/node/up.sh"
exec nsenter -t "$(cat "$state/init.pid")" -m -p -n -u -i --wdns="$PWD" env PATH="$bin:$PATH" HOME="$state" TMPDIR="$state/tmp" \
  KUBECONFIG="$certificates/admin.kubeconfig" CONTAINERD_ADDRESS=$socket CONTAINERD_NAMESPACE=k8s.io NODE_LOGS="$logs" "$@"
