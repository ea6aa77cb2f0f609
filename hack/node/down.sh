#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# down.sh ends the node: with process 1 of its namespaces all of it goes. It removes the node's state and leaves the logs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/env.sh"

# ended NAME kills the process of NAME.pid if it is still the node's and not another one of that number.
ended() {
  local pid
  pid=$(cat "$state/$1.pid" 2>/dev/null) || return 0
  if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$here/init.sh"; then kill -9 "$pid"; fi
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
  fail "process $pid does not end"
}

# removed takes the node's cgroups away; the kernel may need a moment for those of the last processes.
removed() {
  local mount left
  for _ in $(seq 20); do
    left=0
    for mount in $(awk '$3 == "cgroup" || $3 == "cgroup2" {print $2}' /proc/mounts); do
      [ -d "$mount/mux-operator-node" ] || continue
      find "$mount/mux-operator-node" -depth -type d -exec rmdir {} + 2>/dev/null || left=1
    done
    [ $left = 1 ] || return 0
    sleep 0.5
  done
  say "cgroups named mux-operator-node are left"
}

ended init
ended unshare
removed
rm -rf --one-file-system "$state"
