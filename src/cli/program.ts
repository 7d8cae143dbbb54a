import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { projectRoot } from '../paths';
import { doctorCommand } from './doctor-command';
import { lossCommand } from './loss-command';
import { lossesCommand } from './losses-command';
import { notebooksCommand } from './notebooks-command';
import { runCommand } from './run-command';
import { startCommand } from './start-command';

/** The command `ccl` with all of its subcommands. */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  const ccl = new Command('ccl')
    .description('A laboratory for membership inference and the Convex-Concave Loss.')
    .version(version)
    .showHelpAfterError('(--help shows what is known)')
    .addCommand(startCommand())
    .addCommand(runCommand())
    .addCommand(lossCommand())
    .addCommand(lossesCommand())
    .addCommand(notebooksCommand())
    .addCommand(doctorCommand())
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 the laboratory failed, 2 bad input, 130 interrupted. Inside the clone, call it as `npx ccl`.',
    );
  for (const command of [ccl, ...ccl.commands, ...ccl.commands.flatMap(({ commands }) => commands)]) {
    // commander would exit with 1 for a wrong option; help and version keep their 0.
    command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  }
  return ccl;
}
