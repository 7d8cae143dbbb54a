// Entry of one block on a Ray node (started by driver.py), which does what standard input says.
require('../../../run-source.cjs')('experiments/executors/ray/block-program.ts');
