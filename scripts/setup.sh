#!/usr/bin/env bash
# Prepares a Debian machine and this tree: apt packages, npm packages, a guest kernel, the build. Each step is
# skipped when its result is there. Run by start.sh and test.sh; `setup.sh test` adds what the
# tests need.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/node-path.sh"
cd "$root"
mkdir -p build
log=$root/build/setup.log
. scripts/steps.sh

case $node_arch in
  x64) deb_arch=amd64 qemu_package=qemu-system-x86 ;;
  arm64) deb_arch=arm64 qemu_package=qemu-system-arm ;;
esac

run_packages=(
  "$qemu_package" qemu-utils squashfs-tools erofs-utils busybox-static zstd g++ binutils kmod tar libatomic1
)
test_packages=(
  e2fsprogs tmux zsh umoci skopeo buildah runc mmdebstrap iproute2 attr libcap2-bin util-linux lz4 xz-utils socat
  clang libclang-rt-dev
)

install_node_modules() {
  local stamp=build/npm.stamp want
  want=$(cat package.json package-lock.json | sha256sum)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ] || [ ! -x "$node" ]; then
    command -v npm >/dev/null || fail 'cannot find npm: install the packages nodejs and npm'
    quietly 'installing npm packages' npm ci --loglevel=error
    printf '%s\n' "$want" >"$stamp"
  fi
  [ -x "$node" ] || fail "cannot find $node: npm skipped the optional package node-linux-$node_arch"
}

# Debian's cloud kernel is unpacked, not installed: the machine's own boot loader and /boot stay untouched.
fetch_kernel() {
  [ -e build/kernel/vmlinuz ] && return 0
  [ "$(id -u)" = 0 ] || fail 'cannot fetch the guest kernel: run as root'
  local package
  package=$(depended_package "linux-image-cloud-$deb_arch" linux-image-)
  quietly "fetching the guest kernel ($package)" unpack_kernel "$package"
}

# Each step is checked by hand: `set -e` does not hold in a function whose result is tested.
unpack_kernel() {
  local work=build/kernel.tmp release
  rm -rf "$work" && mkdir -p "$work/root" || return
  # apt's download user may not be able to write here, which only makes it warn.
  (cd "$work" && apt-get -q download "$1") || return
  dpkg-deb -x "$work"/*.deb "$work/root" && rm "$work"/*.deb || return
  release=$(ls "$work/root/lib/modules") || return
  depmod -b "$work/root" "$release" || return
  ln -s "root/lib/modules/$release" "$work/modules" || return
  ln -s "root/boot/vmlinuz-$release" "$work/vmlinuz" && [ -e "$work/vmlinuz" ] || return
  rm -rf build/kernel && mv "$work" build/kernel
}

install_packages "${run_packages[@]}"
[ "${1-}" != test ] || install_packages "${test_packages[@]}"
install_node_modules
fetch_kernel
"$node" scripts/build.ts
