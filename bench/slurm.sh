#!/bin/bash
# A Slurm cluster of two nodes on this machine, to try `./emulha sweep --engine slurm` with.
# Usage: bench/slurm.sh start|stop|env|await-job|kill-node|run-requeued|start-node DIR [NODE]
#   start DIR            starts munged, slurmctld and two slurmd that work in DIR, as root
#   env DIR              prints what makes this shell's Slurm commands talk to that cluster
#   await-job DIR n1|n2  waits until a job runs on that node
#   kill-node DIR n1|n2  kills that node's daemons and says that the node is down
#   run-requeued DIR     waits until Slurm has requeued a job, and has it run now: Slurm would hold
#                        it back for two minutes
#   start-node DIR n1|n2 brings it back
#   stop DIR             ends all of them
# Needs the packages slurm-wlm, munge and procps.
set -euo pipefail

die() { printf 'slurm.sh: %s\n' "$*" >&2; exit 2; }
(($# >= 2)) || die "takes start, stop, env, await-job, kill-node, run-requeued or start-node, and a directory"
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
node=${3:-}
export SLURM_CONF=$dir/slurm.conf

need_root() { ((EUID == 0)) || die "starts daemons as users of their own, so run it as root"; }

start_node() { slurmd -f "$SLURM_CONF" -N "$1"; }

# Ends the process whose number is in file $1, and waits for that.
end() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill "${2:--TERM}" "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  rm -f "$1"
}

# Waits up to 20 s for a command to succeed.
await() {
  local i
  for ((i = 0; i < 100; i++)); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  squeue -r -o "%i %T %r %N" >&2 || true
  die "waited in vain for: $*; its logs are in $dir"
}
both_idle() { [[ $(sinfo -h -N -o '%T' | sort | uniq -c | tr -s ' ') == " 2 idle" ]]; }
node_up() { [[ $(sinfo -h -n "$1" -o '%T') == idle || $(sinfo -h -n "$1" -o '%T') == allocated ]]; }

job_on() { [[ -n $(squeue -h -t R -w "$1") ]]; }
requeued() { squeue -h -r -t PD -o '%i %r' | sed -n 's/ BeginTime$//p'; }
some_requeued() { [[ -n $(requeued) ]]; }

case $action in
  start)
    need_root
    for tool in munged slurmctld slurmd pkill; do
      command -v "$tool" >/dev/null || die "$tool is missing; install the packages slurm-wlm, munge and procps"
    done
    chmod 755 "$dir"
    mkdir -p "$dir/state" "$dir/spool-n1" "$dir/spool-n2"
    cat >"$SLURM_CONF" <<CONF
ClusterName=emulha
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=${SLURM_PORT:-17000}
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$dir/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdTimeout=10
InactiveLimit=0
KillWait=1
MinJobAge=300
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool-%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd-%n.log
NodeName=n[1-2] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=[17001-17002] CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
CONF
    mkdir -p "$dir/munge"
    dd if=/dev/urandom of="$dir/munge/key" bs=1024 count=1 status=none
    chmod 600 "$dir/munge/key"
    chmod 755 "$dir/munge"
    chown -R munge: "$dir/munge"
    runuser -u munge -- munged --key-file="$dir/munge/key" --socket="$dir/munge/socket" \
      --pid-file="$dir/munge/pid" --log-file="$dir/munge/log" --seed-file="$dir/munge/seed"
    slurmctld -f "$SLURM_CONF" -c
    start_node n1
    start_node n2
    await both_idle
    ;;
  env)
    printf 'export SLURM_CONF=%s\n' "$SLURM_CONF"
    ;;
  await-job)
    [[ $node == n[12] ]] || die "await-job takes DIR and n1 or n2"
    await job_on "$node"
    ;;
  kill-node)
    [[ $node == n[12] ]] || die "kill-node takes DIR and n1 or n2"
    # A job's own slurmstepd would still tell the controller how the job ended.
    for job in $(squeue -h -t R -w "$node" -o %A); do
      pkill -KILL -f "^slurmstepd: \[$job\." || true
    done
    end "$dir/slurmd-$node.pid" -KILL
    scontrol update "nodename=$node" state=down reason=killed
    ;;
  run-requeued)
    await some_requeued
    for job in $(requeued); do
      scontrol update "jobid=$job" starttime=now
    done
    ;;
  start-node)
    [[ $node == n[12] ]] || die "start-node takes DIR and n1 or n2"
    start_node "$node"
    scontrol update "nodename=$node" state=resume 2>/dev/null || true
    await node_up "$node"
    ;;
  stop)
    for daemon in slurmd-n1 slurmd-n2 slurmctld; do
      end "$dir/$daemon.pid"
    done
    end "$dir/munge/pid"
    ;;
  *)
    die "takes start, stop, env, await-job, kill-node, run-requeued or start-node"
    ;;
esac
