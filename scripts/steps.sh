# What set-up scripts share. Sourced behind node-path.sh, from bash with `set -euo pipefail`; `log` is where quiet steps
# write.

fail() {
  printf 'firstborn: %s\n' "$1" >&2
  exit 125
}

say() {
  printf 'firstborn: %s\n' "$1" >&2
}

# Runs a long step quietly; on failure one line says where its output is.
quietly() {
  local what=$1
  shift
  say "$what"
  if ! "$@" >"$log" 2>&1; then
    fail "cannot finish $what: is the network reachable? its output is in $log"
  fi
}

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

# Installs the Debian packages of these names that are not there yet.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || fail "cannot install Debian packages (${missing[*]}): run as root"
  quietly 'refreshing the package lists' apt-get -q update
  quietly "installing ${#missing[@]} Debian packages (${missing[*]})" \
    env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}"
}

# The package that a package without content, such as linux-source, stands for; its name begins as the second word.
depended_package() {
  local name
  apt-cache show "$1" >/dev/null 2>&1 || quietly 'refreshing the package lists' apt-get -q update
  name=$(apt-cache depends "$1" 2>/dev/null | sed -n "s/^ *Depends: \($2[0-9].*\)/\1/p" | head -n 1)
  [ -n "$name" ] || fail "cannot find the package that Debian's $1 stands for"
  printf '%s\n' "$name"
}
