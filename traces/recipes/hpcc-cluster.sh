#!/usr/bin/env bash
# Four guests under HPC Challenge: vm1 and vm2 work alone, each on a problem of its own; vm3 and
# vm4 share one larger MPI job over a network between them.
#
#   hpcc-cluster.sh GUEST_DIR [N]     N: order of the matrix in vm1; vm2 has 1.2 N, vm3 with vm4 1.5 N
#
# In place of: scenario S1, "a HPC cluster" (Hou et al. 2013, section 5.2.1).
# Differs: the paper gives no problem sizes; one emulated CPU for each VM; MPI starts its daemons
# through a plain listener instead of ssh, and its messages cross a QEMU socket, not a bridge.
. "$(dirname "$0")/guest.sh"
order=${2:-800}
guest_begin "$1"
guest_packages "$root" hpcc openmpi-bin
. "$recipes/hpcc-input.sh"
mkdir -p "$root/root"/vm1 "$root/root"/vm2 "$root/root"/vm3
hpcc_input "$order" 2 2 > "$root/root/vm1/hpccinf.txt"
hpcc_input "$((order * 6 / 5))" 2 2 > "$root/root/vm2/hpccinf.txt"
hpcc_input "$((order * 3 / 2))" 2 2 > "$root/root/vm3/hpccinf.txt"
cat > "$root/environment" <<'END'
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader,tcp LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/blas
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_plm_rsh_agent=/agent
END
cat > "$root/agent" <<'END'
#!/bin/busybox sh
# Runs a command on another VM: agent HOST COMMAND...
host=$1
shift
echo "$*" | /bin/busybox nc "$host" 2222
END
cat > "$root/listener" <<'END'
#!/bin/busybox sh
. /environment
cd /root/vm3
read -r command
eval "$command" 2>&1
END
cat > "$root/workload" <<'END'
#!/bin/busybox sh
. /environment
b=/bin/busybox
vm=$($b sed 's/.*emulha.vm=\([a-z0-9]*\).*/\1/' /proc/cmdline)
$b hostname $vm
$b ip link set lo up
echo "10.0.0.3 vm3" >> /etc/hosts
echo "10.0.0.4 vm4" >> /etc/hosts
case $vm in
vm3 | vm4)
  $b ip addr add 10.0.0.${vm#vm}/24 dev eth0
  $b ip link set eth0 up
  ;;
esac
case $vm in
vm4)
  echo "emulha: ready"
  exec $b nc -ll -p 2222 -e /listener
  ;;
vm3)
  until echo true | $b nc -w 2 vm4 2222; do $b sleep 1; done
  hosts="--host vm3:2,vm4:2"
  ;;
*)
  hosts=
  ;;
esac
cd /root/${vm}
echo "emulha: ready"
while :; do
  orterun $hosts -np 4 hpcc > /dev/null 2> /root/errors || $b tail -5 /root/errors
  $b tail -3 hpccoutf.txt
  $b rm -f hpccoutf.txt
done
END
chmod 755 "$root/workload" "$root/agent" "$root/listener"
guest_boot $disk_modules $net_modules
guest_disk
for vm in vm1 vm2 vm3 vm4; do
  case $vm in
    vm1) job="N $order, alone" net= ;;
    vm2) job="N $((order * 6 / 5)), alone" net= ;;
    vm3) job="N $((order * 3 / 2)), with vm4" net='"listen=127.0.0.1:17403"' ;;
    vm4) job="N $((order * 3 / 2)), with vm3" net='"connect=127.0.0.1:17403"' ;;
  esac
  if [ -n "$net" ]; then
    net=$(printf '"-netdev", "socket,id=n,%s", "-device", "virtio-net-pci,netdev=n,mac=52:54:00:00:00:0%s"' \
      "$(printf %s "$net" | tr -d '"')" "${vm#vm}")
  fi
  mkdir "$build/$vm"
  ln -s ../vmlinuz ../initrd.gz ../disk.ext4 "$build/$vm/"
  cat > "$build/$vm/guest.json" <<END
{
  "name": "$vm",
  "workload": "hpcc: HPC Challenge 1.5.0, $job, one of a cluster of four VMs",
  "memory_mib": 512,
  "kernel": "vmlinuz",
  "initrd": "initrd.gz",
  "append": "console=ttyS0 panic=-1 nokaslr quiet emulha.vm=$vm",
  "disk": "disk.ext4",
  "ready": "emulha: ready",
  "settle_ms": 20000,
  "free_pages": "linux-6.1",
  "qemu": [$net]
}
END
done
guest_end
