import { Command } from 'commander';
import { glossary, glossaryDocument, glossaryEntry, glossaryOf, glossaryText } from '../../glossary';
import { unknownName } from '../../options';

/** `ccl glossary`: the words of tables and reports, each with its meaning and formula. */
export function glossaryCommand(): Command {
  return new Command('glossary')
    .description('what the words of tables and reports mean, all or one, with formulas')
    .argument('[words...]', 'e.g. AUC, advantage, P1')
    .option('--markdown', 'print docs/glossary.md')
    .action((words: string[], { markdown }: { markdown?: true }) => {
      const entries = words.length === 0 ? glossary : glossaryOf(words);
      process.stdout.write(
        markdown === true ? glossaryDocument() : `${entries.map(glossaryText).join('\n\n')}\n`,
      );
    });
}

/** `ccl help`: of commands, and of the words of the glossary. */
export function helpCommand(ccl: Command): Command {
  return new Command('help')
    .description('of a command (study run), or what a word means (AUC)')
    .argument('[words...]', 'a command, or a word of the glossary')
    .action((words: string[]) => {
      const found = words.reduce<Command | undefined>(
        (command, word) => command?.commands.find((each) => each.name() === word),
        ccl,
      );
      const entry = glossaryEntry(words.join(' '));
      if (found !== undefined) found.outputHelp();
      else if (entry !== undefined) process.stdout.write(`${glossaryText(entry)}\n`);
      else {
        const known = [...ccl.commands.map((each) => each.name()), ...glossary.map(({ word }) => word)];
        throw unknownName('command or word of the glossary', words.join(' '), known);
      }
    });
}
