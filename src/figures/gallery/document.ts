import { createRequire } from 'node:module';
import { join } from 'node:path';
import { writeFileWhole } from '../../platform/formats/write-file';
import { gallery, type GalleryEntry } from './gallery';

const load = createRequire(__filename);

/** Pixels across of the gallery's pictures. */
const pictureWidth = 640;

interface SharpImage {
  png(options: object): { toBuffer(): Promise<Uint8Array> };
}

/** The page docs/figures.md. */
export function galleryDocument(): string {
  const entries = gallery.map(
    (entry) =>
      `## ${entry.name}\n\n${entry.answers}\n\n${given(entry)}\n\n\`\`\`ts runnable\n${entry.call};\n\`\`\`\n\n` +
      `![${entry.name}](figures/${entry.name}.png)`,
  );
  return `${opening}\n${entries.join('\n\n')}\n`;
}

/** What the tests put before the call: a comment, so that readers see the call alone. */
function given({ call, given: data }: GalleryEntry): string {
  const names = ['figures', ...(call.includes('loss(') ? ['loss'] : [])];
  const lines = [
    `import { ${names.join(', ')} } from 'ccl-lab';`,
    ...(data === undefined ? [] : [`import * as examples from '../../src/figures/gallery/examples';`]),
    `const { ${call.slice(0, call.indexOf('('))} } = figures;`,
    ...(data === undefined ? [] : ['const source = examples.exampleSource;', data]),
  ];
  return `<!-- given:\n${lines.join('\n')}\n-->`;
}

const opening = `# Figures

Each figure is a function: plain typed data in, a \`Figure\` out. Functions and types of the data are in the namespace \`figures\` of \`ccl-lab\`; \`source\` is \`{ data, command, synthetic }\` and goes into the caption. Whatever is not finite, empty or of different lengths is refused with a message that names it.

From the result of a study \`studyPlaneFigure\`, \`studyHeatMapFigure\`, \`studyP1Figure\` and \`studyAlphaFigure\` take their data themselves ([studies.md](studies.md#report)).

The last expression of a notebook cell shows a figure. To keep it:

<!-- given:
import { figures } from 'ccl-lab';
const { saveFigure, savePdf } = figures;
const figure = figures.varianceCounterexampleFigure();
-->

\`\`\`ts runnable
await saveFigure(figure, 'plane.svg'); // or .png, .json
await savePdf(figure, 'plane.pdf', { columns: 1 }); // vector PDF for a paper, one or two columns wide
await figure.toPNG({ theme: 'dark', width: 640 });
\`\`\`

PDFs are 3.25 or 6.75 inches wide with text of about 7 points in both, the font embedded, and leave title and caption to the paper (\`frame: 'full'\` keeps them). The same figure gives the same bytes each time. Tables have \`toLatex()\` (booktabs), \`toCsv()\`, \`toRecords()\` and \`frame()\`, a danfo data frame with the numbers in full.

Numbers in these pictures are invented where they say «synthetic data»; those of the theory are computed. The page and its pictures are made by \`npx ccl figures --gallery docs\`; \`npx ccl figures --out folder --format pdf --columns 1\` writes the same figures in another form.
`;

/**
 * Writes `figures.md` and the pictures beside it, `figures/<name>.png`.
 *
 * @param folder where the page goes
 * @returns the paths that were written
 */
export async function writeGallery(folder: string): Promise<string[]> {
  const sharp = load('sharp') as (input: Uint8Array) => SharpImage;
  const page = join(folder, 'figures.md');
  const paths: string[] = [];
  for (const { name, figure } of gallery) {
    const png = await figure().toPNG({ width: pictureWidth, scale: 1.5 });
    // 64 colors are enough for lines and text, in a third of the bytes.
    const small = await sharp(png).png({ palette: true, colours: 64, effort: 10, dither: 0 }).toBuffer();
    const path = join(folder, 'figures', `${name}.png`);
    writeFileWhole(path, small);
    paths.push(path);
  }
  writeFileWhole(page, galleryDocument());
  return [page, ...paths];
}
