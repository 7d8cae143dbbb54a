import type { Command } from 'commander';
import { challengeCommand } from './challenge-command';
import { clusterCommand } from './cluster-command';
import { commandLine } from './command-line';
import { compareCommand } from './compare-command';
import { completionCommand } from './completion-command';
import { dataCommand } from './data-command';
import { defensesCommand } from './defenses-command';
import { doctorCommand } from './doctor-command';
import { figuresCommand } from './figures-command';
import { modelsCommand } from './models-command';
import { notebooksCommand } from './notebooks-command';
import { pureCommands } from './pure-commands';
import { queryCommand } from './query-command';
import { runCommand } from './run-command';
import { startCommand } from './start-command';
import { studyCommand } from './study-command';
import { storeCommand } from './store-command';

/** The command `ccl` with all of its subcommands. */
export function program(): Command {
  const ccl: Command = commandLine(
    [
      startCommand(),
      runCommand(),
      studyCommand(),
      compareCommand(),
      queryCommand(),
      storeCommand(),
      ...pureCommands(),
      dataCommand(),
      modelsCommand(),
      figuresCommand(),
      defensesCommand(),
      clusterCommand(),
      challengeCommand(),
      notebooksCommand(),
      doctorCommand(),
      completionCommand(() => ccl),
    ],
    'Inside the clone, call it as `npx ccl`.',
  );
  return ccl;
}
