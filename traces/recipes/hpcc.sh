#!/usr/bin/env bash
# HPC Challenge in one guest, over and over.
#
#   hpcc.sh GUEST_DIR [N]     N: order of the matrix, 1000 unless given; 3000 is the larger problem
#
# In place of: HPC-C in a single VM (Hou et al. 2013, Table 1).
# Differs: the paper gives neither the problem size nor the number of processes. Here there is one
# process on the one CPU: several would spend most of two minutes waiting for each other in
# MPIRandomAccess, which stops only after a minute. Reference BLAS.
. "$(dirname "$0")/guest.sh"
order=${2:-1000}
guest_begin "$1"
guest_packages "$root" hpcc openmpi-bin
. "$recipes/hpcc-input.sh"
cat > "$root/workload" <<'END'
#!/bin/busybox sh
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,vader
export OMPI_MCA_pml=ob1 LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/blas
export OMPI_MCA_btl_vader_single_copy_mechanism=none
/bin/busybox ip link set lo up
/bin/busybox hostname vm
cd /root
echo "emulha: ready"
while :; do
  orterun -np 1 hpcc > /dev/null 2> /root/errors || /bin/busybox tail -5 /root/errors
  /bin/busybox tail -3 hpccoutf.txt
  /bin/busybox rm -f hpccoutf.txt
done
END
chmod 755 "$root/workload"
mkdir -p "$root/root"
hpcc_input "$order" 1 1 > "$root/root/hpccinf.txt"
guest_boot $disk_modules
guest_disk
cat > "$build/guest.json" <<END
{
  "name": "hpcc",
  "workload": "hpcc: HPC Challenge 1.5.0, N $order, one MPI process",
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
