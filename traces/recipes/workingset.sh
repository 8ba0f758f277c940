#!/usr/bin/env bash
# Writes a word to every page of a working set of 64 MiB, over and over, sequentially.
#
# In place of: workingset (Fernando 2024, section 4.1), which writes 7000 MB there.
# Differs: a smaller set, for one emulated CPU; the thesis does not print its program.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
need gcc:cc
mkdir -p "$build/initrd"
cc -O2 -static -o "$build/initrd/workload" "$recipes/workingset.c"
guest_boot
cat > "$build/guest.json" <<'END'
{
  "name": "workingset",
  "workload": "workingset: one word in each page of 64 MiB, over and over",
  "memory_mib": 128,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet",
  "ready": "emulha: ready",
  "settle_ms": 1000,
  "free_pages": "linux-6.1"
}
END
guest_end
