# Behind unshare: the container's root and its mounts, then the workload.
cd /newroot
mount --move . /
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t tmpfs -o nosuid,noexec,mode=755,size=65536k tmpfs dev
mkdir dev/pts dev/shm dev/mqueue
mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
mount -t tmpfs -o nosuid,nodev,noexec,mode=1777,size=65536k shm dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue dev/mqueue
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 -o ro,nosuid,nodev,noexec,relatime cgroup2 sys/fs/cgroup
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/tty c 5 0
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
ln -s /proc/self/fd dev/fd
ln -s pts/ptmx dev/ptmx
exec chroot . /bin/workload once
