import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { StudyResult } from '../experiments/study-result';
import { writeFileWhole } from '../formats/write-file';
import type { Figure } from '../figures/figure';
import { escapeHtml, jsonForScript } from '../figures/html-text';
import { studyFigures } from '../figures/study-figures';
import { projectRoot } from '../paths';
import { plotlyBundle } from './plotly-bundle';
import {
  attackSection,
  comparisonSection,
  figureSection,
  headSection,
  reproduceSection,
  settingsSection,
  tableSection,
  threatSection,
  type FigurePictures,
} from './sections';

/**
 * The report of a study as one HTML page that needs no server and no network: verdict, threat model, tables, live
 * figures with pictures beneath, settings, command. All text in `result` is escaped; the page's Content-Security-Policy
 * runs the two inlined scripts only and loads nothing from elsewhere.
 */
export async function studyReportHtml(result: StudyResult): Promise<string> {
  const figures = studyFigures(result);
  const sections: string[] = [];
  for (const [i, figure] of figures.entries()) {
    sections.push(figureSection(figure, figureId(i), await pictures(figure), result.data.synthetic));
  }
  const scripts = [await plotlyBundle(), asset('page.js')];
  const style = asset('page.css');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(`${result.name}: membership inference study`)}</title>
<style>${style}</style>
</head>
<body>
<main>
${headSection(result)}
${threatSection(result)}
${tableSection(result)}
${sections[0]}
${comparisonSection(result)}
${sections.slice(1).join('\n')}
${attackSection(result)}
${settingsSection(result)}
${reproduceSection(result)}
</main>
<footer>Written by ccl-lab. This page is complete in itself: it loads nothing and sends nothing.</footer>
<script type="application/json" id="figures">${jsonForScript(figures.map(liveFigure))}</script>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
}

function figureId(i: number): string {
  return `figure-${i + 1}`;
}

async function pictures(figure: Figure): Promise<FigurePictures> {
  const png = async (theme: 'light' | 'dark'): Promise<string> =>
    Buffer.from(await figure.toPNG({ theme, frame: 'bare' })).toString('base64');
  return { light: await png('light'), dark: await png('dark') };
}

function liveFigure(figure: Figure, i: number): object {
  const spec = (theme: 'light' | 'dark'): object => figure.specFor({ theme, frame: 'bare' });
  return { id: figureId(i), light: spec('light'), dark: spec('dark') };
}

/** Scripts by their hashes; styles from the page itself, which Plotly writes; pictures from the page itself. */
function contentSecurityPolicy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function asset(name: string): string {
  return readFileSync(join(projectRoot, 'src', 'report', name), 'utf8');
}

/**
 * Writes the report (under a temporary name, then renamed) and returns its absolute path.
 *
 * @throws UserError when the folder cannot be made or written, or the disk is full
 */
export async function writeStudyReport(result: StudyResult, path: string): Promise<string> {
  const target = resolve(path);
  writeFileWhole(target, await studyReportHtml(result));
  return target;
}
