#!/usr/bin/env bash
# `npm start`: sets up what is missing, then boots the sample image; with words after `--`, runs the CLI.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/node-path.sh"
bash "$root/scripts/setup.sh"
if [ $# -gt 0 ]; then
  # npm changes to the package's folder; paths on the command line are relative to the caller's.
  cd "${INIT_CWD:-$PWD}"
  exec "$root/scripts/firstborn" "$@"
fi
"$node" "$root/scripts/sample-image.ts" "$root/build/sample-image"
exec "$root/scripts/firstborn" run --summary "$root/build/sample-image"
