// Entry of a worker process (started by pool.ts): teaches Node TypeScript, then listens.
require('tsx/cjs');
require('./worker.ts');
