# attack: reads what the kernel knows of the host
# outcome: ok
# output: []
PLACES = (
    "/proc/keys",
    "/proc/timer_list",
    "/proc/sched_debug",
    "/proc/kcore",
    "/proc/acpi/wakeup",
    "/proc/scsi/scsi",
    "/proc/1/environ",
    "/proc/1/maps",
    "/proc/net/arp",
    "/proc/net/unix",
    "/sys/firmware/dmi/tables/DMI",
    "/sys/devices/virtual/powercap/intel-rapl/enabled",
    "/sys/class/dmi/id/product_uuid",
    "/sys/kernel/debug/sched/debug",
    "/dev/mem",
    "/dev/kmsg",
    "/dev/fuse",
    "/dev/net/tun",
    "/dev/vsock",
    "/dev/kvm",
)


def solve(x):
    read = []
    for place in PLACES:
        try:
            with open(place, "rb") as file:
                if b"\n" in file.read(65536).strip(b"\n"):
                    read.append(place)
        except OSError:
            pass
    return read
