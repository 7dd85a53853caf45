#!/bin/busybox sh
# Connects a guest's disk: a block device as it is, a file through a loop device. Debian's own script takes seconds of
# emulated time for each.
export PATH=/bin:/usr/bin

refuse() {
  xenstore-write "$XENBUS_PATH/hotplug-error" "$1" "$XENBUS_PATH/hotplug-status" error
  exit 1
}

# Gives a file a loop device. Scripts of several disks run at a time, and must not find the same device free.
make_loop() {
  until mkdir /run/bench/loop-lock 2>/dev/null; do sleep 0.02; done
  device=$(losetup -f) && losetup $1 "$device" "$2"
  made=$?
  rmdir /run/bench/loop-lock
  return $made
}

case $1 in
  add)
    device=$(xenstore-read "$XENBUS_PATH/params")
    if [ -f "$device" ]; then
      readonly=-r
      [ "$(xenstore-read "$XENBUS_PATH/mode")" = w ] && readonly=
      make_loop "$readonly" "$device" || refuse "cannot make a loop device of $device"
      xenstore-write "$XENBUS_PATH/loop-device" "$device"
    fi
    [ -b "$device" ] || refuse "cannot find the block device $device"
    xenstore-write "$XENBUS_PATH/physical-device" "$(stat -L -c '%t:%T' "$device")" "$XENBUS_PATH/hotplug-status" connected
    ;;
  remove)
    device=$(xenstore-read "$XENBUS_PATH/loop-device" 2>/dev/null) && losetup -d "$device"
    ;;
esac
exit 0
