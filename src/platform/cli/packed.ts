import { Command } from 'commander';
import { UserError } from '../../errors';
import { commandLine, runCommandLine } from './command-line';
import { pureCommands } from './pure-commands';

/** Commands that train networks or run notebooks; they stand in the clone only. */
const inTheClone = {
  start: 'trains networks',
  run: 'trains networks',
  study: 'trains networks',
  data: 'fetches and reads data sets',
  notebooks: 'runs notebooks',
  doctor: 'looks at the set-up of a clone',
};

function absent(name: string, does: string): Command {
  return new Command(name)
    .description(`(${does}; only in a clone of ccl-lab)`)
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .action(() => {
      throw new UserError(
        `\`ccl ${name}\` ${does}, which this package cannot: it has no TensorFlow. ` +
          'Clone ccl-lab and run `npm start` there.',
      );
    });
}

runCommandLine(
  commandLine(
    [...pureCommands(), ...Object.entries(inTheClone).map(([name, does]) => absent(name, does))],
    'This is the package without training and notebooks.',
  ),
);
