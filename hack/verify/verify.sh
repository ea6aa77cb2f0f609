#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify.sh checks what no test does, changes nothing in the tree, and says what to run where something is amiss. All steps
# run even when one fails.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tool() { go tool -modfile=hack/tools/go.mod "$@"; }
modules=(. hack/tools hack/controlplane hack/install hack/promtool docs/examples/transcribe-job)
failed=()

# step NAME REMEDY COMMAND…
step() {
  local name=$1 remedy=$2 began=$SECONDS
  shift 2
  if "$@" >"$scratch/log" 2>&1; then
    printf 'verify: ok      %s (%s s)\n' "$name" "$((SECONDS - began))"
    return
  fi
  printf 'verify: FAILED  %s (%s s); %s\n' "$name" "$((SECONDS - began))" "$remedy"
  # The first lines say what is wrong; a diff of modules or generated files may have thousands.
  sed -n '1,60s/^/    /p' "$scratch/log"
  failed+=("$name")
}

format() {
  local files
  files=$(git ls-files -co --exclude-standard -- '*.go' | while read -r f; do [ -e "$f" ] && echo "$f"; done | xargs gofmt -l)
  [ -z "$files" ] || { echo "$files"; return 1; }
}

# generated generates into a copy, so that nobody's work is touched, and compares.
generated() {
  local copy=$scratch/copy
  mkdir -p "$copy"
  git ls-files -co --exclude-standard -z | while IFS= read -r -d '' f; do [ -e "$f" ] && printf '%s\0' "$f"; done |
    tar -c --null -T - -f - | tar -x -C "$copy" -f - || return 1
  cp -R "$copy" "$scratch/before"
  (cd "$copy" && make --no-print-directory VERSION=verify manifests generate) || return 1
  diff -ru "$scratch/before" "$copy"
}

tidy() {
  local m code=0
  for m in "${modules[@]}"; do
    (cd "$m" && go mod tidy -diff) || { echo "in $m"; code=1; }
  done
  return $code
}

# rendered builds every folder that is meant to be installed.
rendered() {
  local k
  for k in config/crd config/default config/overlays/* config/samples hack/quickstart/samples; do
    tool kustomize build "$k" >"$scratch/rendered.yaml" || { echo "in $k"; return 1; }
    [ -s "$scratch/rendered.yaml" ] || { echo "$k renders nothing"; return 1; }
  done
}

step "format" "run make fmt" format
step "vet" "see below" go vet ./...
step "vet of hack/install" "see below" go -C hack/install vet ./...
step "vet of docs/examples/transcribe-job" "see below" go -C docs/examples/transcribe-job vet ./...
step "vet of hack/promtool" "see below" go -C hack/promtool vet ./...
step "lint" "see below" tool staticcheck ./...
step "layout: imports, function lengths, licence lines" "see below" go test -count=1 ./internal/layout
step "generated files" "run make manifests generate" generated
step "modules" "run go mod tidy" tidy
step "manifests" "see below" rendered
for script in hack/verify/*.sh hack/controlplane/*.sh hack/node/*.sh hack/installcheck/*.sh .ci/run; do
  step "syntax of $script" "see below" bash -n "$script"
done

if [ "${#failed[@]}" -gt 0 ]; then
  printf '\nverify: FAILED after %s s: %s\n' "$SECONDS" "$(IFS=,; echo "${failed[*]}" | sed 's/,/, /g')"
  exit 1
fi
printf '\nverify: ok in %s s\n' "$SECONDS"
