#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh runs every fuzz target of the module, one after the other.
#
#   FUZZTIME   for each target (default 20s)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

targets=0
while IFS=: read -r file name; do
  printf 'fuzz: %s in %s\n' "$name" "$(dirname "$file")"
  go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 100x "./$(dirname "$file")"
  targets=$((targets + 1))
done < <(git grep -oE --untracked '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | sed 's/:func /:/')
[ "$targets" -gt 0 ] || { echo "fuzz: no target found" >&2; exit 1; }
echo "fuzz: ok, $targets targets"
