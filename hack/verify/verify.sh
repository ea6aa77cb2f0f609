#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify.sh checks what no test does, changes nothing in the tree, and says what to run where something is amiss. All steps
# run even when one fails.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tool() { go tool -modfile=hack/tools/go.mod "$@"; }
# Every module of the tree, so that none is forgotten. Some have no code and pin versions alone.
mapfile -t modules < <(git ls-files -co --exclude-standard -- go.mod '*/go.mod' | xargs -n 1 dirname)
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
    in_module "$m" go mod tidy -diff || { echo "in $m"; code=1; }
  done
  return $code
}

# in_module MODULE COMMAND… runs a command in a module; what hack/node/build.sh builds, as it does, so that it is compiled once.
in_module() {
  case $1 in hack/node/*) local -x CGO_ENABLED=0 GOFLAGS=-trimpath ;; esac
  (cd "$1" && "${@:2}")
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
staticcheck=$(tool -n staticcheck)
for m in "${modules[@]}"; do
  [ -n "$(go -C "$m" list ./... 2>/dev/null)" ] || continue
  step "vet of $m" "see below" in_module "$m" go vet ./...
  step "lint of $m" "see below" in_module "$m" "$staticcheck" ./...
done
step "layout: imports, function lengths, licence lines" "see below" go test -count=1 ./internal/layout
step "generated files" "run make manifests generate" generated
step "modules" "run go mod tidy" tidy
step "manifests" "see below" rendered
for script in hack/verify/*.sh hack/controlplane/*.sh hack/node/*.sh hack/installcheck/*.sh hack/krew/*.sh .ci/run; do
  step "syntax of $script" "see below" bash -n "$script"
done

if [ "${#failed[@]}" -gt 0 ]; then
  printf '\nverify: FAILED after %s s: %s\n' "$SECONDS" "$(IFS=,; echo "${failed[*]}" | sed 's/,/, /g')"
  exit 1
fi
printf '\nverify: ok in %s s\n' "$SECONDS"
