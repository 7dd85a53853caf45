#!/bin/sh
# What an initramfs of a distribution does: drivers, the root, and on to its init. The root stays unwritten below memory.
export PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
while read -r module; do insmod "$module"; done </modules
for file in /sys/block/vd*/serial; do
  found=
  read -r found <"$file"
  [ "$found" = bench-systemd ] || continue
  disk=${file%/serial}
  disk=/dev/${disk##*/}
done
mkdir /lower /memory /system
mount -t squashfs -o ro "$disk" /lower
mount -t tmpfs tmpfs /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/lower,upperdir=/memory/upper,workdir=/memory/work overlay /system
umount /proc
mount --move /sys /system/sys
mount --move /dev /system/dev
exec switch_root /system /sbin/init
