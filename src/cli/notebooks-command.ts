import { Command } from 'commander';
import { notebooksCommand as runNotebooks } from '../kernel/notebooks-command';

/** `ccl notebooks`: executes notebooks through a real Jupyter client. */
export function notebooksCommand(): Command {
  return new Command('notebooks')
    .description('execute notebooks from a fresh kernel and report on each (this is `npm run notebooks`)')
    .argument('[files...]', 'notebooks (default: all in notebooks/)')
    .option('--full', 'full sizes instead of the tiny ones that tests use')
    .option('--write', 'keep the outputs in the files (with --full)')
    .addHelpText(
      'after',
      '\nExamples:\n  npx ccl notebooks\n  npx ccl notebooks notebooks/01-first-look.ipynb --full --write',
    )
    .action(async (files: string[], { full, write }: { full?: boolean; write?: boolean }) => {
      process.exitCode = await runNotebooks({ files, full, write });
    });
}
