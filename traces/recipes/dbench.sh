#!/usr/bin/env bash
# dbench with four clients on a file system in memory.
#
# In place of: dbench 4.0 (FITDOC, section IV).
# Differs: the file system is tmpfs, so that files are guest memory rather than a disk's cache.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
guest_packages "$root" dbench
cat > "$root/workload" <<'END'
#!/bin/busybox sh
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root
/bin/busybox mkdir /bench
/bin/busybox mount -t tmpfs tmpfs /bench
echo "emulha: ready"
while :; do
  dbench -D /bench -c /usr/share/dbench/client.txt -t 600 4 | /bin/busybox tail -3
done
END
chmod 755 "$root/workload"
guest_boot $disk_modules
guest_disk
cat > "$build/guest.json" <<'END'
{
  "name": "dbench",
  "workload": "dbench: four clients on tmpfs",
  "memory_mib": 512,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet",
  "disk": "disk.ext4",
  "ready": "emulha: ready",
  "settle_ms": 10000,
  "free_pages": "linux-6.1"
}
END
guest_end
