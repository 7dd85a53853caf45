#!/bin/sh
# What Firstborn does for a container, as near as a shell comes to it.
export PATH=/bin

mount -t devtmpfs -o nosuid,noexec,mode=0755 devtmpfs /dev
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t cgroup2 -o nosuid,nodev,noexec,relatime,nsdelegate cgroup2 /sys/fs/cgroup
mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs /run
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o nosuid,noexec,gid=5,mode=0620,ptmxmode=0666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 shm /dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr

while read -r module; do insmod "$module"; done </modules

# The disk of a virtio serial, which has no line feed behind it.
find_disk() {
  for file in /sys/block/vd*/serial; do
    found=
    read -r found <"$file"
    [ "$found" = "$1" ] || continue
    disk=${file%/serial}
    disk=/dev/${disk##*/}
    return
  done
  echo "Cannot find the disk \"$1\""
  poweroff -f
}

mkdir /config /image /overlay /newroot
find_disk firstborn-config
mount -t squashfs -o ro,nosuid,nodev,noexec "$disk" /config
cat /config/launch.json >/dev/null
find_disk firstborn-root
mount -t squashfs -o ro,nodev "$disk" /image
mount -t tmpfs -o nosuid,nodev,mode=0755,size=50% tmpfs /overlay
mkdir /overlay/upper /overlay/work
mount -t overlay -o nodev,noatime,lowerdir=/image,upperdir=/overlay/upper,workdir=/overlay/work overlay /newroot

hostname bench
echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_ra
echo 0 >/proc/sys/net/ipv6/conf/eth0/autoconf
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip address add fec0::15/64 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
ip route add default via fec0::2

group=/sys/fs/cgroup/containers/main
for level in /sys/fs/cgroup /sys/fs/cgroup/containers "$group"; do
  mkdir -p "$level"
  echo '+cpu +memory +pids +io' >"$level/cgroup.subtree_control"
done
mkdir "$group/main"
echo 402653184 >"$group/memory.max"
echo 1000 >"$group/pids.max"

# Its unshare has no cgroup namespaces, and it has no way to change capabilities.
(
  exec sh -c "echo \$\$ >$group/main/cgroup.procs; exec unshare -m -p -f -i -u sh /container"
) &

wait
echo init
cat /proc/1/status
echo end
echo reported
while :; do sleep 1000; done
