#!/usr/bin/env bash
# `npm test`: sets up what is missing, then checks everything. Words after `--` choose parts:
#   format lint types unit addon image vm xen
# and, only when it is named, kernel: the microVM kernel, which is built first. Xen's bench is for x86_64 only.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/node-path.sh"
bash "$root/scripts/setup.sh" test
cd "$root"
# The tools' own starters run "node" from the path.
PATH=$(dirname "$node"):$PATH
# Hundreds of test files are a process each, and load the same modules.
export NODE_COMPILE_CACHE=$root/build/test-compile-cache

parts=("$@")
if [ ${#parts[@]} -eq 0 ]; then
  parts=(format lint types unit addon image vm)
  [ "$node_arch" != x64 ] || parts+=(xen)
fi

# Runs all test files below a folder, as many at a time as the second argument says.
run_tests() {
  local files
  mapfile -t files < <(find "test/$1" -name '*.test.ts' | sort)
  "$node" --test --test-concurrency="$2" "${files[@]}"
}

# Half of the time that images and Xen take is the network's, so they are made beside what needs none.
case " ${parts[*]} " in
  *' vm '* | *' kernel '* | *' xen '*)
    "$node" test/support/prepare-images.ts &
    images=$!
    ;;
esac
case " ${parts[*]} " in
  *' xen '*)
    bash scripts/xen/fetch.sh &
    xen_packages=$!
    ;;
esac

# Ends with all of Xen's tests, whatever becomes of them.
readonly xen_deadline_seconds=900
xen_tests='' xen_status=''

# Xen's tests take little more than one processor, so they run beside parts that leave one idle.
begin_xen() {
  [ -z "$xen_tests" ] || return 0
  wait "$images"
  wait "$xen_packages"
  # One process for all files: Xen is booted once.
  timeout --kill-after=10 "$xen_deadline_seconds" \
    "$node" --test --test-isolation=none test/xen/*.test.ts >build/xen-tests.log 2>&1 &
  xen_tests=$!
  trap 'kill "$xen_tests" 2>/dev/null || :' EXIT
}

finish_xen() {
  [ -z "$xen_status" ] || return 0
  xen_status=0
  wait "$xen_tests" || xen_status=$?
}

for part in "${parts[@]}"; do
  printf 'firstborn: checking %s\n' "$part" >&2
  case $part in
    format) node_modules/.bin/biome format . ;;
    lint) node_modules/.bin/oxlint --type-aware --deny-warnings ;;
    types) node_modules/.bin/tsc -p . ;;
    unit) run_tests unit 2 ;;
    addon)
      case " ${parts[*]} " in *' xen '*) begin_xen ;; esac
      run_tests addon 1
      ;;
    image) run_tests image 2 ;;
    vm)
      wait "$images"
      [ -z "$xen_tests" ] || finish_xen
      run_tests vm 2
      ;;
    xen)
      begin_xen
      finish_xen
      cat build/xen-tests.log
      [ "$xen_status" = 0 ]
      ;;
    kernel)
      bash scripts/kernel/build.sh
      wait "$images"
      run_tests kernel 1
      ;;
    *)
      printf 'firstborn: cannot check "%s": expected format, lint, types, unit, addon, image, vm, xen or kernel\n' "$part" >&2
      exit 125
      ;;
  esac
done
