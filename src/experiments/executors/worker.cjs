// Entry of a worker process (started by worker-process.ts).
require('../../run-source.cjs')('experiments/executors/worker.ts');
