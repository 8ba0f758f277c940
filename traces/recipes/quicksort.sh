#!/usr/bin/env bash
# Sorts 8 Mi random numbers of 4 bytes with quicksort, over and over.
#
# In place of: quicksort (Fernando 2024, section 4.1).
# Differs: the thesis names neither the number of elements nor the program.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
need gcc:cc
mkdir -p "$build/initrd"
cc -O2 -static -o "$build/initrd/workload" "$recipes/quicksort.c"
guest_boot
cat > "$build/guest.json" <<'END'
{
  "name": "quicksort",
  "workload": "quicksort: 8 Mi random 4-byte numbers, over and over",
  "memory_mib": 128,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet",
  "ready": "emulha: ready",
  "settle_ms": 5000,
  "free_pages": "linux-6.1"
}
END
guest_end
