# Sourced by the other scripts. Sets `root`, this tree, and `node`, the pinned Node that builds, tests and
# runs everything; the machine's own may be older.
root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
case $(uname -m) in
  x86_64) node_arch=x64 ;;
  aarch64) node_arch=arm64 ;;
  *)
    printf 'firstborn: cannot run on %s: expected x86_64 or aarch64\n' "$(uname -m)" >&2
    exit 125
    ;;
esac
node=$root/node_modules/node-linux-$node_arch/bin/node
