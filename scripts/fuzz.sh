#!/usr/bin/env bash
# `npm run fuzz [SECONDS]`: searches for inputs that break the plan interpreter, SECONDS (600) on all
# processors, then for values that break the parsers, a number of them that grows with SECONDS. What is found
# is printed; exit code 1. The search goes on where the last one ended: build/fuzz/corpus holds what it has
# learnt.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/node-path.sh"
seconds=${1-600}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || {
  printf 'firstborn: cannot fuzz for "%s": expected a number of seconds\n' "$seconds" >&2
  exit 125
}
bash "$root/scripts/setup.sh" test
cd "$root"

# About a quarter of the time again on two processors; never less than the tests do.
runs_per_second=20
runs=$((seconds * runs_per_second))
[ "$runs" -ge 150 ] || runs=150

failed=0
printf 'firstborn: fuzzing plans for %s s\n' "$seconds" >&2
"$node" test/fuzz/fuzz-plans.ts "$seconds" || failed=1
printf 'firstborn: fuzzing parsers with %s values each\n' "$runs" >&2
mapfile -t files < <(find test/unit -name '*-fuzz.test.ts' | sort)
FIRSTBORN_FUZZ_RUNS=$runs "$node" --test "${files[@]}" || failed=1
exit "$failed"
