import { Command, Option } from 'commander';
import { badInput } from '../../errors';
import { gallery } from '../../figures/gallery/gallery';
import { writeGallery } from '../../figures/gallery/document';
import type { PaperColumns } from '../../figures/pdf';
import { saveFigures, type FigureFormat } from '../../figures/save-figure';
import type { ThemeName } from '../../figures/theme';

interface FiguresOptions {
  readonly gallery?: string;
  readonly out?: string;
  readonly format: FigureFormat[];
  readonly columns: string;
  readonly theme: ThemeName;
  readonly only?: string[];
}

/** `ccl figures`: the gallery of all figures with example data, as a list, as docs/figures.md, or as files. */
export function figuresCommand(): Command {
  return new Command('figures')
    .description('list all figures, or write them with example data')
    .option('--out <folder>', 'write the figures there')
    .option('--only <names...>', 'only these figures')
    .addOption(
      new Option('--format <formats...>', 'file formats')
        .choices(['svg', 'png', 'pdf', 'json'])
        .default(['svg']),
    )
    .addOption(
      new Option('--columns <n>', 'of a paper, for PDF: 3.25 or 6.75 inches')
        .choices(['1', '2'])
        .default('2'),
    )
    .addOption(new Option('--theme <name>', 'colors').choices(['light', 'dark']).default('light'))
    .option('--gallery <folder>', 'write figures.md with its pictures there')
    .action(run);
}

async function run({ gallery: page, out, format, columns, theme, only }: FiguresOptions): Promise<void> {
  const names = gallery.map(({ name }) => name);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw badInput('--only', unknown, `the figures are ${names.join(', ')}`, 'Take one of these');
  }
  const chosen = gallery.filter(({ name }) => only === undefined || only.includes(name));
  const written: string[] = [];
  if (page !== undefined) {
    written.push(...(await writeGallery(page)));
  }
  if (out !== undefined) {
    const figures = Object.fromEntries(chosen.map(({ name, figure }) => [name, figure()]));
    const options = { theme, columns: Number(columns) as PaperColumns };
    written.push(...(await saveFigures(figures, out, format, options)));
  }
  const list = chosen.map(({ name, answers, call }) => `${name}: ${answers}\n    ${call}`);
  process.stdout.write(`${(page ?? out) === undefined ? list.join('\n') : written.join('\n')}\n`);
}
