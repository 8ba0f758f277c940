# Functions the recipes share; sourced by them, never run. A recipe builds a guest directory
#
#   guest.json   what `traces capture qemu --vm DIR` needs to know, see docs/TRACES.md
#   vmlinuz      Debian's cloud kernel
#   initrd.gz    busybox, the modules for the disk, /init
#   disk.ext4    Debian packages, read-only; absent for guests that need busybox only
#
# out of Debian packages, without being root: apt-get downloads, dpkg-deb unpacks, mke2fs -d and
# cpio pack. No package is configured, so a workload sets up what it needs when the guest boots.

set -euo pipefail
export LC_ALL=C

recipes=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
epoch=1577836800 # 2020-01-01, when the guests' clocks begin
disk_id=656d756c-6861-4000-8000-000000000001
downloads=${EMULHA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/emulha}/debs

fail() {
  echo "$(basename "$0" .sh): $*" >&2
  exit 1
}

# need TOOL...: fails unless all are installed; PACKAGE:TOOL where the package has another name.
need() {
  local tool
  PATH=$PATH:/sbin:/usr/sbin
  for tool in "$@"; do
    command -v "${tool#*:}" > /dev/null \
      || fail "${tool#*:} not found; install it: apt-get install ${tool%:*}"
  done
}

# guest_begin DIR: an empty guest directory under a temporary name, filled by what follows.
guest_begin() {
  [ $# -eq 1 ] || fail "usage: $(basename "$0") GUEST_DIR"
  command -v apt-get > /dev/null || fail "apt-get not found; recipes need Debian or a system based on it"
  need dpkg:dpkg-deb cpio gzip findutils:find
  [ ! -e "$1" ] || fail "$1 exists already; remove it to build it again"
  target=$1
  build=$1.building
  # mke2fs and dpkg-deb leave read-only directories behind when interrupted.
  [ ! -e "$build" ] || { chmod -R u+w "$build"; rm -rf "$build"; }
  mkdir -p "$build/root"
  root=$build/root
}

# guest_packages ROOT PACKAGE...: unpacks the packages and all they depend on.
guest_packages() {
  local into=$1 archive
  shift
  local cache
  cache=$downloads/$(printf '%s\n' "$@" | sort | sha256sum | cut -c1-16)
  mkdir -p "$cache/archives/partial" "$into"
  : > "$cache/status"
  apt-get -qq -y --no-install-recommends --download-only \
    -o Dir::State::status="$cache/status" -o Dir::Cache="$cache" -o Debug::NoLocking=1 \
    -o APT::Sandbox::User= -o APT::Get::AllowUnauthenticated=false install "$@" > "$cache/log" \
    || fail "apt-get cannot download $*; run apt-get update first"
  for archive in "$cache"/archives/*.deb; do
    dpkg-deb -x "$archive" "$into"
  done
}

# guest_boot [MODULE...]: vmlinuz and initrd.gz; the initrd holds $build/initrd and the modules.
guest_boot() {
  local kernel=$build/kernel initrd=$build/initrd modules=$build/initrd/modules file module
  mkdir -p "$modules" "$initrd"/{bin,proc,sys,dev,lower,over,new,tmp}
  guest_kernel "$kernel"
  cp "$kernel"/boot/vmlinuz-* "$build/vmlinuz"
  : > "$modules/order"
  for module in "$@"; do
    file=$(find "$kernel/lib/modules" -name "$module.ko")
    [ -n "$file" ] || fail "the kernel package has no module $module"
    cp "$file" "$modules/"
    echo "$module" >> "$modules/order"
  done
  guest_packages "$build/busybox" busybox-static
  cp "$build/busybox/bin/busybox" "$initrd/bin/busybox"
  cp "$recipes/init" "$initrd/init"
  chmod 755 "$initrd/init"
  guest_times "$initrd"
  (cd "$initrd" && find . | sort | cpio --quiet -o -H newc -R 0:0 --reproducible) \
    | gzip -9n > "$build/initrd.gz"
}

# guest_kernel INTO: unpacks Debian's current cloud kernel alone, without the tools around it.
guest_kernel() {
  local name cache=$downloads/kernel
  mkdir -p "$cache"
  name=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p')
  [ -n "$name" ] || fail "linux-image-cloud-amd64 is unknown here; run apt-get update first"
  if ! ls "$cache/$name"_*.deb > /dev/null 2>&1; then
    (cd "$cache" && apt-get -qq -o APT::Sandbox::User= download "$name") \
      || fail "apt-get cannot download $name; run apt-get update first"
  fi
  dpkg-deb -x "$(ls "$cache/$name"_*.deb | tail -1)" "$1"
}

# What a guest with a disk loads before it can mount it.
disk_modules="virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk"
disk_modules+=" libnvdimm nd_btt nd_pmem nfit overlay"

# guest_times DIR: gives all below DIR one time, so that what is packed from it is the same each day.
guest_times() {
  find "$1" -exec touch -h -d @$epoch {} +
}

# guest_disk: disk.ext4 out of $root, with a quarter of room and no journal, the same bytes whoever
# builds it and when; its size is a multiple of 128 MiB, which an NVDIMM needs.
guest_disk() {
  need e2fsprogs:mke2fs e2fsprogs:debugfs
  local kib
  mkdir -p "$root"/{bin,proc,sys,dev,tmp,run,root,etc,var/tmp}
  cp "$build/busybox/bin/busybox" "$root/bin/busybox"
  [ -e "$root/bin/sh" ] || ln -s busybox "$root/bin/sh"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' > "$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' > "$root/etc/group"
  printf '127.0.0.1 localhost\n' > "$root/etc/hosts"
  rm -rf "$root"/usr/share/{doc,man,locale,info,lintian,bug} "$root/boot"
  guest_times "$root"
  kib=$(find "$root" -printf '%s\n' | awk '{ n += int(($1 + 4095) / 4096) * 4 } END { print n }')
  kib=$(((kib + kib / 4 + 16384 + 131071) / 131072 * 131072))
  mke2fs -q -t ext4 -b 4096 -i 4096 -O ^has_journal,^resize_inode,sparse_super2 -U $disk_id -m 0 \
    -E root_owner=0:0,lazy_itable_init=0,num_backup_sb=0,hash_seed=$disk_id \
    -d "$root" "$build/disk.ext4" "${kib}k" > /dev/null
  # Owner and the times that touch cannot set come from the builder's own file system.
  guest_inodes | debugfs -w -f - "$build/disk.ext4" > /dev/null 2> "$build/debugfs"
  ! grep -v '^debugfs [0-9]' "$build/debugfs" >&2 || fail "debugfs cannot set the times of disk.ext4"
  rm "$build/debugfs"
}

# guest_inodes: debugfs's commands that make all of disk.ext4 root's and give it one time.
guest_inodes() {
  local field inode
  echo "set_current_time @$epoch"
  for field in mkfs_time wtime lastcheck; do
    echo "ssv $field $epoch"
  done
  echo "ssv kbytes_written 0"
  for inode in 1 2 3 4 5 6 7 8 9 10 11; do
    for field in atime ctime mtime crtime; do
      echo "sif <$inode> $field @$epoch"
    done
  done
  (cd "$root" && find . -printf '%P\n') | while IFS= read -r path; do
    for field in uid:0 gid:0 atime:@$epoch ctime:@$epoch mtime:@$epoch crtime:@$epoch; do
      echo "sif \"/$path\" ${field%%:*} ${field#*:}"
    done
  done
}

# guest_end: drops what was only needed for building and gives the directory its name.
guest_end() {
  chmod -R u+w "$build"
  rm -rf "$build/root" "$build/kernel" "$build/busybox" "$build/initrd"
  mv "$build" "$target"
}
