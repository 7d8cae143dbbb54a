import { Command } from 'commander';
import { helpCommand } from './glossary-command';
import { projectVersion } from '../../provenance';
import { Interrupted, UserError } from '../../errors';
import { isPacked, projectRoot } from '../../paths';

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

/** Exit statuses: 0 done, 1 the laboratory failed, 2 bad input, 130 interrupted. */
export function exitStatus(error: unknown): number {
  if (error instanceof UserError || pathProblem(error) !== null) return 2;
  if (error instanceof Interrupted) return 130;
  return 1;
}

/** What a person reads: the message alone where it says all, else with the stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `ccl: ${String(error)}`;
  const known = pathProblem(error) ?? missingPackage(error);
  if (known !== null) return `ccl: ${known}`;
  const saysAll = ['UserError', 'Interrupted', 'TrainingDiverged', 'BlocksFailed'].includes(error.name);
  return `ccl: ${saysAll ? error.message : (error.stack ?? error.message)}`;
}

const pathProblems: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'its name, or that of a folder in it, is too long; choose a shorter one',
  ERR_INVALID_ARG_VALUE: 'a name cannot have a NUL character; leave it out',
  ELOOP: 'a link in it leads back to itself; remove the link or choose another path',
  EISDIR: 'it is a folder, and a file is needed; choose another path',
  ENOTDIR: 'a part of it is a file, and a folder is needed; choose another path',
  EACCES: 'this user may not use it; choose another path, or change its permissions',
  EROFS: 'it is on a file system that can only be read; choose another path',
  EMFILE: 'too many files are open; close other programs, or raise the limit with ulimit -n',
  ENOSPC: 'the disk is full; free some space and run the same command again',
  EIO: 'the disk or the network file system failed; look at the system’s log',
};

/** The sentence for a path that the system refuses, wherever that shows; null for any other error. */
function pathProblem(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code = '', path, message } = error as NodeJS.ErrnoException;
  const rule = pathProblems[code];
  if (rule === undefined) return null;
  const isNul = code === 'ERR_INVALID_ARG_VALUE';
  if (isNul ? !message.includes('null bytes') : path === undefined) return null;
  const shown = isNul ? 'that path' : path!.length > 120 ? `${path!.slice(0, 100)}…` : path!;
  return new UserError(`${shown} cannot be used: ${rule}.`).message;
}

/** The sentence for an error that a package causes which is not there; null for any other. */
function missingPackage({ code, message }: NodeJS.ErrnoException): string | null {
  if (isPacked || (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND')) return null;
  const name = /'([^']+)'/.exec(message)?.[1] ?? 'a package';
  return `${name} is missing or damaged in node_modules. Run \`npm run setup\` in ${projectRoot}; if that does not help, delete node_modules there and run it again.`;
}
