# Second program of the virtual machine: mounts what a Linux has, runs the job in its place, tells how it ended.
set -u
. /vm/settings

mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts devpts /dev/pts
for at in /dev/shm /tmp /run; do mount -t tmpfs -o mode=1777 tmpfs $at; done
mount -t mqueue mqueue /dev/mqueue
ln -s /proc/self/fd /dev/fd
busybox ip link set lo up
busybox hostname machine
depmod
for module in dummy $MODULES; do modprobe $module; done
busybox ip link set dummy0 up # a network, for isolates not to see

groups=/sys/fs/cgroup
case $CGROUP in
  2) mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 $groups ;;
  1)
    mount -t tmpfs tmpfs $groups
    for controller in memory pids cpuacct cpu cpuset devices freezer blkio; do
      mkdir $groups/$controller
      mount -t cgroup -o $controller cgroup $groups/$controller
    done
    ;;
esac

# Where a service manager would put it. Version 2 only: elsewhere it stays at the root.
place=
if [ $CGROUP = 2 ]; then
  case $AS in
    service | plain) place=$groups/system.slice/orrery.service ;;
    delegated) place=$groups/system.slice/orrery.service/node ;;
  esac
fi
if [ "$place" ]; then
  mkdir -p $place
  if [ $AS = delegated ]; then
    echo "+memory +pids" >$groups/cgroup.subtree_control
    echo "+memory +pids" >$groups/system.slice/cgroup.subtree_control
    chown 1000:1000 ${place%/node} ${place%/node}/cgroup.{procs,subtree_control,threads} $place $place/cgroup.*
  fi
  echo 0 >$place/cgroup.procs
fi

privileges=
case $AS in
  plain | delegated)
    privileges="setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all --bounding-set=-all --"
    chown -R 1000:1000 /vm/main/.orrery
    ;;
esac

# Debian compiles the library when it is installed; here what tests use is compiled before they are timed.
python3 -c 'import asyncio, concurrent.futures, ctypes, decimal, email, http.client, json, logging, multiprocessing, random, ssl, statistics, subprocess, tempfile, threading, typing, unittest, urllib.request' 2>/dev/null

cd /vm/main
export HOME=/tmp PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin NO_COLOR=1 LANG=C.UTF-8
echo "orrery-vm: $(uname -srm)"
$privileges bash /vm/job.sh </dev/null 2>&1
code=$?
[ "$place" ] && echo 0 >$groups/cgroup.procs
echo "orrery-vm: exit $code"
sync
busybox poweroff -f
