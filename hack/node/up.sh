#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# up.sh starts what build.sh made as one Kubernetes node in mount, pid, net, uts and ipc namespaces of its own. Root is needed; of
# the machine nothing changes but a cgroup that down.sh removes. Every archive in the folder images is imported. in.sh runs commands
# in the node, where KUBECONFIG is set.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/env.sh"
[ "$(id -u)" = 0 ] || fail "a node needs root"
[ -e "$images/pause.tar" ] || fail "nothing is built: run hack/node/build.sh"
"$here/down.sh"
began=$SECONDS
mkdir -p "$logs" "$configuration/cni" "$state"/{etcd,pids,tmp,sysctl,cgroup} "$state"/var/{lib,log,tmp,cache}
ln -sfn /run "$state/var/run"
rm -f "$logs"/*
"$here/certificates.sh" "$certificates"
for file in "$here"/files/*; do
  sed -e "s#@bin@#$bin#g" -e "s#@certificates@#$certificates#g" -e "s#@configuration@#$configuration#g" "$file" >"$configuration/${file##*/}"
done
mv "$configuration/bridge.conflist" "$configuration/cni/"
# A cgroup of its own in every version 1 hierarchy; the kubelet makes it itself in version 2.
for mount in $(awk '$3 == "cgroup" {print $2}' /proc/mounts); do mkdir -p "$mount/mux-operator-node"; done
if [ -d /sys/fs/cgroup/cpuset ]; then
  for file in cpuset.cpus cpuset.mems; do cat "/sys/fs/cgroup/cpuset/$file" >"/sys/fs/cgroup/cpuset/mux-operator-node/$file"; done
fi

HOST_NETWORK=$(readlink /proc/self/ns/net) setsid unshare --mount --pid --net --uts --ipc --fork --mount-proc --kill-child=SIGKILL \
  "$here/init.sh" >"$logs/init.log" 2>&1 </dev/null &
echo $! >"$state/unshare.pid"
until pgrep -P "$(cat "$state/unshare.pid")" >"$state/init.pid"; do sleep 0.05; done

ready() { "$here/in.sh" kubectl wait --for=condition=Ready node/node1 --timeout=1s && "$here/in.sh" kubectl get serviceaccount default; }
until ready >"$logs/ready.log" 2>&1; do
  kill -0 "$(cat "$state/unshare.pid")" && [ $((SECONDS - began)) -lt 120 ] || { cat "$logs/init.log" >&2; fail "the node did not become ready, see $logs"; }
  sleep 0.2
done
"$here/in.sh" kubectl apply -f "$configuration/dns.yaml" >/dev/null
say "ready after $((SECONDS - began)) s"
