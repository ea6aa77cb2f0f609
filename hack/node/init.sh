#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# init.sh is process 1 of the node's namespaces; up.sh starts it. What it mounts and sets up lives in them and ends with it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/env.sh"
[ $$ = 1 ] && [ "$(readlink /proc/self/ns/net)" != "$HOST_NETWORK" ] || fail "not in namespaces of its own: use up.sh"

# mounts gives the node a /run, /sys and /var of its own and shows it the rest of the machine read-only.
mounts() {
  local pair file
  mount -n -t tmpfs -o mode=755 tmpfs /run # first, and -n: libmount would leave a file on the machine
  mount --rbind /sys/fs/cgroup "$state/cgroup"
  mount -t sysfs sysfs /sys
  mount --rbind "$state/cgroup" /sys/fs/cgroup
  umount -l "$state/cgroup"
  mount --bind "$state/var" /var
  # The kubelet sets these for the whole machine where they differ; it is shown the values that it wants.
  for pair in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    file=$state/sysctl/${pair%%=*}
    mkdir -p "$(dirname "$file")"
    echo "${pair##*=}" >"$file"
    mount --bind "$file" "/proc/sys/${pair%%=*}"
  done
  mount --bind "$node_home" "$node_home"
  mount -o remount,bind,ro /
  mount --make-rshared /
}

network() {
  hostname node1
  ip link set lo up
  ip link add node0 type veth peer name node0p
  ip address add 10.200.0.1/24 dev node0
  ip link set node0p up
  ip link set node0 up
  ip route add default dev node0
  sysctl -qw net.ipv4.ip_forward=1
  sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null || true # only where the module is loaded
}

start() { "$@" >"$logs/$1.log" 2>&1 & echo $! >"$state/pids/$1"; }

wait_for() {
  local tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || fail "waited a minute for: $*"
    sleep 0.1
  done
}

import() {
  local archive
  wait_for ctr -a $socket version
  for archive in "$images"/*.tar; do ctr -a $socket -n k8s.io images import --local "$archive"; done
}

apiserver() {
  start kube-apiserver --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --advertise-address=10.200.0.1 \
    --service-cluster-ip-range=10.96.0.0/16 --allow-privileged=true \
    --tls-cert-file="$certificates/apiserver.crt" --tls-private-key-file="$certificates/apiserver.key" --client-ca-file="$certificates/ca.crt" \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local --service-account-key-file="$certificates/service-accounts.pub" \
    --service-account-signing-key-file="$certificates/service-accounts.key" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --kubelet-client-certificate="$certificates/apiserver-kubelet.crt" --kubelet-client-key="$certificates/apiserver-kubelet.key" \
    --kubelet-certificate-authority="$certificates/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --audit-policy-file="$configuration/audit.yaml" --audit-log-path="$logs/audit.log"
}

controllers() {
  start kube-controller-manager --kubeconfig="$certificates/kube-controller-manager.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false \
    --use-service-account-credentials --root-ca-file="$certificates/ca.crt" --service-account-private-key-file="$certificates/service-accounts.key" \
    --cluster-signing-cert-file="$certificates/ca.crt" --cluster-signing-key-file="$certificates/ca.key" \
    --flex-volume-plugin-dir=/var/lib/kubelet/volumeplugins
  start kube-scheduler --kubeconfig="$certificates/kube-scheduler.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false
}

export PATH=$bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=$state TMPDIR=$state/tmp
ulimit -c 0
mounts
network
start containerd -c "$configuration/containerd.toml"
start etcd --data-dir "$state/etcd" --unsafe-no-fsync --log-level warn
apiserver
import >"$logs/import.log" 2>&1 &
importing=$!
wait_for curl -sf --cacert "$certificates/ca.crt" --cert "$certificates/admin.crt" --key "$certificates/admin.key" https://127.0.0.1:6443/readyz
controllers
wait $importing || fail "images could not be imported, see $logs/import.log"
start kubelet --config="$configuration/kubelet.yaml" --kubeconfig="$certificates/kubelet.kubeconfig" --root-dir=/var/lib/kubelet \
  --node-ip=10.200.0.1 --hostname-override=node1
start kube-proxy --config="$configuration/kube-proxy.yaml"
start coredns -conf "$configuration/Corefile"
# Take up what is orphaned to process 1, for as long as the node lives.
while :; do wait -n || [ $? != 127 ] || sleep 5; done
