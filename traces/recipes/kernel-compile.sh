#!/usr/bin/env bash
# Compiles the Linux kernel, from Debian's source package, on a file system in memory.
#
# In place of: K-Compile (FITDOC, section IV).
# Differs: Linux 6.1 (Debian's linux-source) with its smallest configuration instead of 2.6.31.8
# with the default one; objects lie on tmpfs. Code that this configuration does not compile is left
# out of the guest's disk. One emulated CPU.
. "$(dirname "$0")/guest.sh"
guest_begin "$@"
guest_packages "$root" gcc make bc flex bison libelf-dev libssl-dev linux-source perl-base xz-utils tar sed grep gawk diffutils findutils coreutils bash cpio rsync
need xz-utils:xz tar
mkdir "$root/linux"
tar xf "$root"/usr/src/linux-source-*.tar.xz -C "$root/linux" --strip-components=1
rm "$root"/usr/src/linux-source-*.tar.xz
rm -rf "$root/linux/Documentation"/*/ "$root/linux/tools/testing"
find "$root"/linux/{sound,samples,drivers/{gpu,net,media,staging,infiniband,scsi}} \
  -type f -name '*.[chS]' -delete
find "$root"/linux/arch -mindepth 2 -type f -not -path '*/arch/x86/*' -not -path '*/arch/um/*' \
  -not -name 'Kconfig*' -delete
cat > "$root/workload" <<'END'
#!/bin/busybox sh
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root
[ -e /usr/bin/awk ] || /bin/busybox ln -s gawk /usr/bin/awk
/bin/busybox mkdir /build
/bin/busybox mount -t tmpfs -o size=400m tmpfs /build
cd /linux
make O=/build tinyconfig > /dev/null 2> /root/errors || /bin/busybox tail -5 /root/errors
echo "emulha: ready"
while :; do
  make O=/build -j2 > /dev/null 2> /root/errors || /bin/busybox tail -5 /root/errors
  /bin/busybox ls -l /build/vmlinux
  make O=/build clean > /dev/null
done
END
chmod 755 "$root/workload"
guest_boot $disk_modules
guest_disk
cat > "$build/guest.json" <<'END'
{
  "name": "kernel-compile",
  "workload": "kernel compile: Linux 6.1, tinyconfig, make -j2",
  "memory_mib": 1024,
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
