#!/usr/bin/env bash
# `npm run kernel`: builds the microVM kernel of microvm.config from Debian's linux-source with the patches
# beside it, into build/kernel-microvm:
#   vmlinux          uncompressed ELF, entered by PVH or by Xen's PV
#   config           the whole configuration; in the guest it is /proc/config.gz
#   release          what `uname -r` says
#   modules.*        modprobe's lists: nothing is a module, modules.builtin says what is in
#   key              what it was built of; while that stays, nothing is built
# The same inputs give the same bytes. docs/kernel.md has the rest.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../node-path.sh"
cd "$root"
mkdir -p build
log=$root/build/kernel.log
. scripts/steps.sh

fragment=$root/scripts/kernel/microvm.config
patches=("$root"/scripts/kernel/patches/*.patch)
result=$root/build/kernel-microvm
# A fixed place, so that no name of a directory can make a difference; the lock keeps a second build out.
work=$root/build/kernel-work
tools=(bc binutils bison flex gcc libc6-dev libelf-dev make patch xz-utils)
# For the progress alone.
usual_objects=1750

[ "$node_arch" = x64 ] || fail 'cannot build the microVM kernel: its configuration is for x86-64'

exec 9>build/kernel.lock
flock -n 9 || fail 'cannot build the microVM kernel: another build is running'

# Where every source file of other architectures and of hardware that no microVM has is left out, half of the time and
# space goes that unpacking takes. Kconfig files stay: the configuration reads them all.
unpack_source() {
  local package=$1 version=$2
  (cd "$work" && apt-get -q download "$package=$version") || return
  dpkg-deb --fsys-tarfile "$work"/*.deb | tar x -C "$work" --wildcards --strip-components=3 '*/linux-source-*.tar.xz' ||
    return
  rm "$work"/*.deb
  mkdir "$work/linux"
  tar x -f "$work"/linux-source-*.tar.xz -C "$work/linux" --strip-components=1 \
    --exclude='*/Documentation/*/*' --exclude='*/tools/testing' \
    --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/staging/*.[ch]' \
    --exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/drivers/net/wireless/*.[ch]' \
    --exclude='*/drivers/scsi/*.[ch]' --exclude='*/sound/*.[ch]' || return
  rm "$work"/linux-source-*.tar.xz
}

# One that does not fit to the letter stops the build.
apply_patches() {
  local one
  for one in "${patches[@]}"; do
    patch -d "$work/linux" -p1 -F0 <"$one" || return
  done
}

# The fragment and nothing else: allnoconfig turns off what it does not name.
configure() {
  make -C "$work/linux" KCONFIG_ALLCONFIG="$fragment" allnoconfig
}

# Lines of the fragment that the configuration does not have, since something that they depend on is off.
lost_lines() {
  local line name
  while read -r line; do
    case $line in
      CONFIG_*) grep -qxF -- "$line" "$1" || printf '%s\n' "$line" ;;
      '# CONFIG_'*' is not set')
        name=${line#\# } name=${name%% *}
        ! grep -q "^$name=" "$1" || printf '%s\n' "$line"
        ;;
    esac
  done <"$fragment"
}

# Says now and then how far make is, by what it announces.
report_objects() {
  local count=0 line
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    case $line in '  CC '* | '  AS '*) count=$((count + 1)) ;; *) continue ;; esac
    [ $((count % 100)) -ne 0 ] || say "compiled $count of about $usual_objects objects"
  done
}

compile() {
  say "compiling the microVM kernel on $(nproc) CPUs (10 minutes or more of one CPU's time)"
  KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00:00Z' KBUILD_BUILD_USER=firstborn KBUILD_BUILD_HOST=firstborn \
    KBUILD_BUILD_VERSION=1 make -C "$work/linux" -j"$(nproc)" vmlinux 2>&1 | report_objects ||
    fail "cannot compile the microVM kernel: the compiler's output is in $log"
}

# Leaves all files of the result in a directory beside it, which takes its place as a whole.
collect() {
  local out=$work/result
  mkdir "$out"
  strip -o "$out/vmlinux" "$work/linux/vmlinux"
  cp "$work/linux/.config" "$out/config"
  cp "$work/linux/include/config/kernel.release" "$out/release"
  cp "$work/linux/modules.builtin" "$out/modules.builtin"
  : >"$out/modules.dep"
  : >"$out/modules.alias"
  printf '%s\n' "$1" >"$out/key"
  # XEN_ELFNOTE_PHYS32_ENTRY (18): where QEMU, Xen and others enter an uncompressed kernel in PVH mode.
  readelf -n "$out/vmlinux" 2>/dev/null | grep -q '0x00000012' ||
    fail 'cannot use the microVM kernel: it has no PVH entry'
  rm -rf "$result"
  mv "$out" "$result"
}

package=$(depended_package linux-source linux-source-)
version=$(apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')
key=$(cat "$fragment" "${patches[@]}" scripts/kernel/build.sh <(printf '%s %s\n' "$package" "$version") | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$result/key" 2>/dev/null)" = "$key" ]; then
  say "the microVM kernel is built already: Linux $(cat "$result/release") in $result"
  exit 0
fi

install_packages "${tools[@]}"
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
mkdir "$work"
quietly "fetching and unpacking the kernel's source ($package $version)" unpack_source "$package" "$version"
quietly "patching the kernel's source" apply_patches
quietly 'configuring the microVM kernel' configure
lost=$(lost_lines "$work/linux/.config")
[ -z "$lost" ] || fail "cannot configure the microVM kernel: dependencies take away $(printf '%s' "$lost" | tr '\n' ' ')"
compile
collect "$key"
say "built Linux $(cat "$result/release") in $result, $(du -m "$result/vmlinux" | cut -f 1) MiB"
