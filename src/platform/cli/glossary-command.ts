import { Command } from 'commander';
import { glossary, glossaryDocument, glossaryOf, glossaryText } from '../../glossary';

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
