#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test.sh runs all tests against a real API server and ends with one line per failed package, and one for all.
#
#   RACE=0       without the race detector
#   TEST_FLAGS   more flags for go test, such as -run or -count=1
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

KUBEBUILDER_ASSETS=$(hack/controlplane/build.sh)
export KUBEBUILDER_ASSETS

flags=()
# The race detector needs a C compiler. It is worth its price: several replicas, watchers and simulators share a process.
if [ "${RACE:-1}" = 1 ] && [ "$(go env CGO_ENABLED)" = 1 ] && command -v "$(go env CC)" >/dev/null; then
  flags+=(-race)
else
  echo "test: without the race detector (RACE=0, or no C compiler)" >&2
fi
read -r -a more <<<"${TEST_FLAGS:-}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
# These measure time, or how much waits at once: beside all others they would measure how busy the machine is. So they run one at a time,
# after the others. Add one of that kind here; TestAlone of internal/layout checks that they exist. With -run in TEST_FLAGS there is one
# run of what it names.
alone='^(TestRolling|TestScale|TestReceiverMetrics|TestFairEnvironments|TestHotObject|TestDeadline|TestNoProcessor|TestInFlight|TestPlaceTooLate)$'
[[ " ${TEST_FLAGS:-}" != *" -run"* ]] || alone='^$'
# Ten minutes per package: the slowest waits a minute on purpose, to see that nothing happens. Such tests wait for more than
# they compute, so more of them run at once than there are cores, and more packages.
run() { go test -p 3 -parallel 8 -timeout 10m -skip "$alone" "${more[@]}" "$@" 2>&1 | tee -a "$log" || code=$?; }
# These start no goroutine that shares anything, and took five to ten times as long with the race detector, which would find nothing.
plain='/(internal/projection|hack/pluginrelease)$'
packages=$(go list -e ./...)
run "${flags[@]}" $(grep -Ev "$plain" <<<"$packages")
run $(grep -E "$plain" <<<"$packages")
if [ "$alone" != '^$' ]; then
  go test "${flags[@]}" -p 1 -parallel 1 -timeout 10m -run "$alone" "${more[@]}" ./cmd/mux-operator ./webhookreceiver 2>&1 | tee -a "$log" || code=$?
fi
# Modules of their own, beside each other: what people install, with Helm, kustomize and kstatus; the
# example of a controller that others write, which has nothing of this module but what they get; the alerts and the dashboard by
# Prometheus's own promtool, which is built once: two minutes on two cores.
pids=()
beside() {
  ("$@" "${more[@]}" ./... 2>&1 | tee -a "$log") &
  pids+=($!)
}
beside go -C hack/install test
beside go -C docs/examples/transcribe-job test
beside go -C hack/promtool test
for pid in "${pids[@]}"; do wait "$pid" || code=$?; done
passed=$({ grep '^ok' "$log" || true; } | cut -f2 | sort -u | wc -l)
failed=$(grep '^FAIL[[:space:]][^[:space:]]' "$log" || true)
if [ "$code" -ne 0 ]; then
  printf '\ntest: FAILED after %s s; %s packages passed, these did not:\n%s\n' "$SECONDS" "$passed" "$failed"
  exit "$code"
fi
printf '\ntest: ok, %s packages passed in %s s\n' "$passed" "$SECONDS"
