#!/usr/bin/env bash
# `npm run bench`: sets up what is missing, a kernel for microVMs included, then measures. Words after `--` are
# those of bench/run.ts.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/node-path.sh"
case " $* " in
  *' --help '*) exec "$node" "$root/bench/run.ts" --help ;;
esac
bash "$root/scripts/setup.sh" test
cd "$root"
if [ ! -e "${FIRSTBORN_BUILD_DIR:-build}/kernel-microvm/vmlinux" ]; then
  bash scripts/kernel/build.sh
fi
"$node" test/support/prepare-images.ts
exec "$node" bench/run.ts "$@"
