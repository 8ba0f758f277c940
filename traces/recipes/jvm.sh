#!/usr/bin/env bash
# A Java program that allocates much, under a generational garbage collector.
#
#   jvm.sh GUEST_DIR [GC]     GC: Serial (unless given) or G1
#
# In place of: nothing in the papers; a collector moves and rewrites memory as no other workload here
# does.
# Differs: one emulated CPU, so a collection stops the program for as long as it takes.
. "$(dirname "$0")/guest.sh"
collector=${2:-Serial}
case $collector in
  Serial | G1) ;;
  *) fail "unknown collector '$collector'; available: Serial, G1" ;;
esac
guest_begin "$1"
need default-jdk-headless:javac
guest_packages "$root" openjdk-17-jre-headless
mkdir -p "$root/classes"
javac --release 17 -g:none -d "$root/classes" "$recipes/Allocate.java"
cat > "$root/workload" <<END
#!/bin/busybox sh
java=\$(echo /usr/lib/jvm/java-17-openjdk-*/bin/java)
cd /root
\$java -XX:+Use${collector}GC -Xms320m -Xmx320m -Xmn96m -XX:-UsePerfData -cp /classes Allocate
echo "java ended: \$?"
END
chmod 755 "$root/workload"
guest_boot $disk_modules
guest_disk
cat > "$build/guest.json" <<END
{
  "name": "jvm",
  "workload": "jvm: Java 17, $collector collector, a cache of documents in 320 MiB",
  "memory_mib": 512,
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
