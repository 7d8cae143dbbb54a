import { Command } from 'commander';
import { exitStatus, explain } from './failure';
import { helpCommand } from './glossary-command';
import { projectVersion } from '../../provenance';

/** The command `ccl` with these subcommands. */
export function commandLine(commands: readonly Command[], closing: string): Command {
  const ccl = new Command('ccl')
    .description('A laboratory for membership inference and the Convex-Concave Loss.')
    .version(projectVersion())
    .showHelpAfterError('(--help shows what is known)')
    .addHelpText(
      'after',
      `\nExit status: 0 done, 1 the laboratory failed, 2 bad input, 130 interrupted. ${closing}`,
    );
  for (const command of [...commands, helpCommand(ccl)]) ccl.addCommand(command);
  for (const command of [ccl, ...ccl.commands, ...ccl.commands.flatMap(({ commands: inner }) => inner)]) {
    // commander would exit with 1 for a wrong option; help and version keep their 0.
    command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  }
  return ccl;
}

/** Runs the command that was typed and sets the exit status. */
export function runCommandLine(ccl: Command): void {
  // A reader such as `head` that has seen enough closes the pipe; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  // A terminal that was closed takes no words; what is under way still has to be ended well.
  process.stderr.on('error', () => undefined);
  ccl.parseAsync(process.argv).catch((error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = exitStatus(error);
  });
}
