#!/bin/busybox sh
# Process 1 of the bench's control domain until the agent takes over: Xen's daemons, the network of the guests, and the
# directories of the machine outside, each at its own path.
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/xen-4.17/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mkdir -p /run/xen /run/xenstored /run/lock /run/xen-hotplug /run/bench

fail() {
  echo "bench: cannot $1"
  sync
  poweroff -f
}

while read -r module; do
  insmod "/modules/$module" || fail "load $module"
done </modules/order
mount -t xenfs xenfs /proc/xen || fail 'mount xenfs'

# share0=PATH share1=PATH …, and logs=PATH below one of them.
for word in $(cat /proc/cmdline); do
  case $word in
    share[0-9]*=*)
      path=${word#*=}
      mkdir -p "$path" && mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=mmap "${word%%=*}" "$path" ||
        fail "mount $path"
      ;;
    logs=*) logs=${word#*=} ;;
  esac
done
mkdir -p "$logs/console"
mkdir -p /var/log /var/lib/xen
ln -s /run /var/run
ln -s /run/lock /var/lock
ln -s "$logs" /var/log/xen

ip link set lo up
ip addr add 10.0.2.15/24 dev eth0 && ip link set eth0 up || fail 'set up the network'
brctl addbr xenbr0
ip addr add 10.9.0.1/24 dev xenbr0
echo 0 >/proc/sys/net/ipv6/conf/xenbr0/accept_dad
ip addr add fd09::1/64 dev xenbr0
ip link set xenbr0 up

xenstored --pid-file /run/xenstored.pid || fail 'start xenstored'
timeout 30 xen-init-dom0 || fail 'set up the control domain'
xenconsoled --log=guest --log-dir="$logs/console" --pid-file=/run/xenconsoled.pid || fail 'start xenconsoled'
exec /sbin/agent 7000
