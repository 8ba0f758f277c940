#!/usr/bin/env bash
# Four guests under HPC Challenge: vm1 and vm2 each on a problem of its own; vm3 and vm4 both on the
# same larger one.
#
#   hpcc-cluster.sh GUEST_DIR [N]     N: order of the matrix in vm1; vm2 has 1.2 N, vm3 and vm4 1.5 N
#
# In place of: scenario S1, "a HPC cluster" (Hou et al. 2013, section 5.2.1).
# Differs: the paper gives no problem sizes; its VM3 and VM4 collaborate via MPI, where vm3 and vm4
# here run the same job each by itself (same data, same program, but with their own host names and
# no messages between them), so that the guests need no network, whose frames would arrive at
# moments that the host decides. One emulated CPU for each VM.
. "$(dirname "$0")/guest.sh"
order=${2:-800}
guest_begin "$1"
guest_packages "$root" hpcc openmpi-bin
. "$recipes/hpcc-input.sh"
mkdir -p "$root/root"/vm1 "$root/root"/vm2 "$root/root"/vm3
hpcc_input "$order" 1 1 > "$root/root/vm1/hpccinf.txt"
hpcc_input "$((order * 6 / 5))" 1 1 > "$root/root/vm2/hpccinf.txt"
hpcc_input "$((order * 3 / 2))" 1 1 > "$root/root/vm3/hpccinf.txt"
cp -r "$root/root/vm3" "$root/root/vm4"
cat > "$root/workload" <<'END'
#!/bin/busybox sh
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,vader
export OMPI_MCA_pml=ob1 LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/blas
export OMPI_MCA_btl_vader_single_copy_mechanism=none
b=/bin/busybox
vm=$($b sed 's/.*emulha.vm=\([a-z0-9]*\).*/\1/' /proc/cmdline)
$b hostname $vm
$b ip link set lo up
cd /root/$vm
echo "emulha: ready"
while :; do
  orterun -np 1 hpcc > /dev/null 2> /root/errors || $b tail -5 /root/errors
  $b tail -3 hpccoutf.txt
  $b rm -f hpccoutf.txt
done
END
chmod 755 "$root/workload"
guest_boot $disk_modules
guest_disk
for vm in vm1 vm2 vm3 vm4; do
  case $vm in
    vm1) job="N $order" ;;
    vm2) job="N $((order * 6 / 5))" ;;
    vm3) job="N $((order * 3 / 2)), as vm4" ;;
    vm4) job="N $((order * 3 / 2)), as vm3" ;;
  esac
  mkdir "$build/$vm"
  ln -s ../vmlinuz ../initrd.gz ../disk.ext4 "$build/$vm/"
  cat > "$build/$vm/guest.json" <<END
{
  "name": "$vm",
  "workload": "hpcc: HPC Challenge 1.5.0, $job, one of a cluster of four VMs",
  "memory_mib": 512,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr no_timer_check quiet emulha.vm=$vm",
  "disk": "disk.ext4",
  "ready": "emulha: ready",
  "settle_ms": 5000,
  "free_pages": "linux-6.1"
}
END
done
guest_end
