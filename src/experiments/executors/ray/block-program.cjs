// Entry of one block on a Ray node (started by driver.py): teaches Node TypeScript, then does what standard input says.
require('tsx/cjs');
require('./block-program.ts');
