#!/usr/bin/env bash
# A guest that does next to nothing: busybox, which writes one line a second.
#
# In place of: the idle guest (FITDOC, "underload"). What is recorded is the kernel's own
# housekeeping: timers, the scheduler, the console.
# Differs: no services run at all, where FITDOC's idle guest is an installed distribution.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
mkdir -p "$build/initrd"
cat > "$build/initrd/workload" <<'END'
#!/bin/busybox sh
echo "emulha: ready"
n=0
while :; do
  n=$((n + 1))
  echo "idle $n" > /tmp/line
  /bin/busybox sleep 1
done
END
chmod 755 "$build/initrd/workload"
guest_boot
cat > "$build/guest.json" <<'END'
{
  "name": "idle",
  "workload": "idle: busybox, one line a second",
  "memory_mib": 128,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet",
  "ready": "emulha: ready",
  "settle_ms": 2000,
  "free_pages": "linux-6.1"
}
END
guest_end
