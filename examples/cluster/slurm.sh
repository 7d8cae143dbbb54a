#!/usr/bin/env bash
# A study on an allocation of Slurm: one Ray node on each machine, the study on the first. Untested: no Slurm was at hand.
# The clone lies on a file system that all machines see, is set up (npm run setup; npx ccl cluster setup), and has the data.
# Submit from the clone: sbatch examples/cluster/slurm.sh my-study.json
#SBATCH --job-name=ccl
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=32
#SBATCH --time=24:00:00
#SBATCH --signal=B:TERM@120
# Equal bits need one model of CPU: name it as your cluster does.
##SBATCH --constraint=icelake
set -euo pipefail
study=${1:?usage: sbatch examples/cluster/slurm.sh STUDY}

# Who has the token can run programs as you; without it, everybody who reaches a port can. Slurm hands it to all nodes.
export RAY_AUTH_MODE=token
RAY_AUTH_TOKEN=$(od -An -tx1 -N32 /dev/urandom | tr -d ' \n')
export RAY_AUTH_TOKEN

mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${nodes[0]}
ip=$(srun --nodes=1 --ntasks=1 -w "$head" hostname --ip-address | awk '{print $1}')
# Jobs of others on the same machine have other ports.
port=$((20000 + SLURM_JOB_ID % 10000))

ray() { .venv/bin/ray start --block --disable-usage-stats --num-cpus="$SLURM_CPUS_PER_TASK" "$@"; }
export -f ray
srun --overlap --nodes=1 --ntasks=1 -w "$head" \
  bash -c "ray --head --include-dashboard=false --node-ip-address=$ip --port=$port" &
sleep 20
for node in "${nodes[@]:1}"; do
  srun --overlap --nodes=1 --ntasks=1 -w "$node" \
    bash -c "ray --address=$ip:$port --node-ip-address=\$(hostname --ip-address | awk '{print \$1}')" &
done
sleep 20

# SIGTERM comes two minutes before the end; what is finished is kept, and the same command goes on.
srun --overlap --nodes=1 --ntasks=1 -w "$head" \
  node src/platform/cli/ccl.cjs study run "$study" --executor ray --address "$ip:$port" --json "${study%.*}.result.json" &
study_step=$!
trap 'kill -TERM $study_step' TERM
wait "$study_step" || wait "$study_step"
