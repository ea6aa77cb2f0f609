# SPDX-License-Identifier: Apache-2.0
# env.sh says where the node lives; the other scripts source it.
node_home=${MUX_OPERATOR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mux-operator}/node
bin=$node_home/bin images=$node_home/images state=$node_home/state logs=$node_home/logs
# The node's files are below state, those that last (binaries and images) beside it.
certificates=$state/certificates configuration=$state/configuration
socket=/run/containerd/containerd.sock

say() { printf 'node: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
