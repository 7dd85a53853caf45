#!/usr/bin/env bash
# Fetches Xen, its tools and the kernel of its control domain from Debian and unpacks them below build/xen/root. Nothing is
# installed. Skipped when it has been done; sets up the rest of the bench in which guests are tested on Xen.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../node-path.sh"
cd "$root"
mkdir -p build
log=$root/build/xen-setup.log
. scripts/steps.sh

[ "$node_arch" = x64 ] || fail 'cannot set up Xen: its bench runs on x86_64 only'

# What xl, the daemons and the store's tools are in, and the libraries that they name.
packages=(
  xen-hypervisor-4.17-amd64 xen-utils-4.17 xenstore-utils libxencall1 libxendevicemodel1 libxenevtchn1
  libxenforeignmemory1 libxengnttab1 libxenhypfs1 libxenmisc4.17 libxenstore4 libxentoolcore1 libxentoollog1 libyajl2
)

# Each step is checked by hand: `set -e` does not hold in a function whose result is tested.
unpack_xen() {
  local work=build/xen.tmp package release
  rm -rf "$work" && mkdir -p "$work/packages" "$work/root" || return
  # apt's download user may not be able to write here, which only makes it warn.
  (cd "$work/packages" && apt-get -q download "$@") || return
  for package in "$work"/packages/*.deb; do
    dpkg-deb -x "$package" "$work/root" || return
  done
  rm -r "$work/packages" || return
  release=$(ls "$work/root/lib/modules") || return
  depmod -b "$work/root" "$release" || return
  zcat "$work/root/boot/xen-4.17-amd64.gz" >"$work/xen" || return
  ln -s "root/lib/modules/$release" "$work/modules" || return
  ln -s "root/boot/vmlinuz-$release" "$work/vmlinuz" && [ -e "$work/vmlinuz" ] || return
  rm -rf build/xen && mv "$work" build/xen
}

if [ ! -e build/xen/xen ]; then
  # Debian's cloud kernel can't be a control domain; the generic one can.
  kernel=$(depended_package linux-image-amd64 linux-image-)
  quietly "fetching Xen and a kernel for its control domain ($kernel)" unpack_xen "${packages[@]}" "$kernel"
fi
"$node" test/xen/support/build-bench.ts
