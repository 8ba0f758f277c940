#!/usr/bin/env bash
# A deterministic guest that proves a restored image right: it keeps 4 MiB of memory, changes a part
# that depends on all of it, and prints a running hash, so that whatever it prints after a
# checkpoint depends on every byte it had then.
#
# In place of: nothing in the papers; made for the fail-over demonstration.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
need gcc:cc
mkdir -p "$build/initrd"
cc -O2 -static -o "$build/initrd/workload" "$recipes/chain.c"
guest_boot
cat > "$build/guest.json" <<'END'
{
  "name": "chain",
  "workload": "chain: a deterministic hash chain over 4 MiB",
  "memory_mib": 96,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet",
  "ready": "emulha: ready",
  "settle_ms": 1000,
  "free_pages": "linux-6.1"
}
END
guest_end
