import { Command } from 'commander';
import { defaultTolerance } from '../kernel/figure-differences';
import { notebooksCommand as runNotebooks } from '../kernel/notebooks-command';
import { number } from './option-values';

/** `ccl notebooks`: executes notebooks through a real Jupyter client. */
export function notebooksCommand(): Command {
  return new Command('notebooks')
    .description('execute notebooks from a fresh kernel and report on each (this is `npm run notebooks`)')
    .argument('[files...]', 'notebooks (default: all in notebooks/)')
    .option(
      '--full',
      'full sizes instead of the tiny ones that tests use; figures must be those of the files',
    )
    .option('--write', 'keep the outputs in the files and only tell what changed (with --full)')
    .option(
      '--tolerance <part>',
      `relative difference up to which numbers of figures are equal (with --full; default: ${defaultTolerance})`,
      number,
    )
    .addHelpText(
      'after',
      `
With --full the data of each Plotly figure (traces, frames, titles, axes, annotations; no pixels, no
colors) is compared with the figure in the file. Training gives the same bits on the same machine; on
another processor it does not: then --tolerance 0.05 may be needed, or curves have other points. At the
tiny sizes only the number of figures of each cell is compared.

Examples:
  npx ccl notebooks
  npx ccl notebooks notebooks/02-losses.ipynb --full
  npx ccl notebooks notebooks/01-first-look.ipynb --full --write`,
    )
    .action(async (files: string[], options: { full?: boolean; write?: boolean; tolerance?: number }) => {
      process.exitCode = await runNotebooks({ files, ...options });
    });
}
