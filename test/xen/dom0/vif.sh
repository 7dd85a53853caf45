#!/bin/busybox sh
# Puts a guest's network interface on the bridge.
export PATH=/bin:/usr/bin
case $1 in
  online | add)
    brctl addif xenbr0 "$vif"
    ip link set "$vif" up
    xenstore-write "$XENBUS_PATH/hotplug-status" connected
    ;;
esac
exit 0
