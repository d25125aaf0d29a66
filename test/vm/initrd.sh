#!/bin/busybox sh
# First program of the virtual machine: finds its disks and goes on from the first, as a real machine does.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
$b depmod
for module in virtio_pci virtio_blk virtio_rng; do $b modprobe $module; done
$b mount -t ext4 /dev/vda /system
$b mount -t ext4 /dev/vdb /system/vm
$b mount -t devtmpfs dev /system/dev
$b umount /proc
exec $b switch_root /system /bin/bash /vm/start.sh
