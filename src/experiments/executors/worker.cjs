// Entry of a worker process (started by worker-process.ts): teaches Node TypeScript, then listens.
require('tsx/cjs');
require('./worker.ts');
