#!/usr/bin/env bash
# sysbench's memory test: writes blocks of 1 MiB at random, over and over.
#
# In place of: sysbench (Fernando 2024, section 4.1).
# Differs: the thesis does not say which of sysbench's tests it ran.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
guest_packages "$root" sysbench
cat > "$root/workload" <<'END'
#!/bin/busybox sh
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root
echo "emulha: ready"
while :; do
  sysbench memory --memory-block-size=1M --memory-total-size=100T --memory-oper=write \
    --memory-access-mode=rnd --time=600 run | /bin/busybox tail -5
done
END
chmod 755 "$root/workload"
guest_boot $disk_modules
guest_disk
cat > "$build/guest.json" <<'END'
{
  "name": "sysbench",
  "workload": "sysbench: memory, random writes in blocks of 1 MiB",
  "memory_mib": 256,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet",
  "disk": "disk.ext4",
  "ready": "emulha: ready",
  "settle_ms": 5000,
  "free_pages": "linux-6.1"
}
END
guest_end
