import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { canonicalJson } from '../../src/experiments/block';
import { madeBy } from '../../src/experiments/made';
import { study } from '../../src/experiments/study';
import { saveFigure } from '../../src/figures/save-figure';
import { exampleP1, exampleSource } from '../../src/figures/gallery/examples';
import { p1BarsFigure } from '../../src/figures/p1-bars';
import { projectRoot } from '../../src/paths';
import { printJson } from '../../src/platform/cli/printed';
import { commitOf, programWords, projectVersion, thisProgram } from '../../src/provenance';
import { reportPage } from '../../src/report/report-page';
import { settingsSection } from '../../src/report/sections';
import { sampleResult } from './sample-result';

const folder = mkdtempSync(join(tmpdir(), 'provenance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    encoding: 'utf8',
  });
const input = { name: 'mine', methods: [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }] } as const;

describe('where numbers come from', () => {
  it('is version, commit, and whether files of the commit were changed', () => {
    expect(commitOf(folder)).toEqual({ commit: null, isChanged: null });
    git('init', '-q');
    expect(commitOf(folder)).toEqual({ commit: null, isChanged: null });
    writeFileSync(join(folder, 'a.txt'), '1');
    git('add', 'a.txt');
    git('commit', '-qm', 'first');
    const commit = git('rev-parse', 'HEAD').trim();
    expect(commitOf(folder)).toEqual({ commit, isChanged: false });
    writeFileSync(join(folder, 'a.txt'), '2');
    expect(commitOf(folder)).toEqual({ commit, isChanged: true });
    const program = { name: 'ccl-lab', version: '9.9.9', commit, isChanged: true } as const;
    expect(programWords(program)).toBe(`ccl-lab 9.9.9, commit ${commit.slice(0, 12)} (changed)`);
  });

  it('has the study as data and its hash, which the place of a data file does not change', () => {
    const at = (csv: string) => madeBy(study({ ...input, data: { csv, label: 'y' } }));
    expect(at('/here/mine.csv')).toEqual(at('/there/mine.csv'));
    expect(at('/here/mine.csv').sha256).not.toBe(at('/here/other.csv').sha256);
    const made = madeBy(study(input));
    expect(made.sha256).not.toBe(madeBy(study({ ...input, seeds: [1] })).sha256);
    expect(made.study).toMatchObject({
      ...{ name: 'mine', data: 'location30', seeds: [1, 2, 3] },
      defenses: [{ name: 'ce' }, { name: 'ccel', options: { alpha: 0.5 } }],
    });
    expect(JSON.parse(canonicalJson(made.study))).toEqual(made.study);
  });

  it('stands in what commands print as JSON, once', () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const made = madeBy(study(input));
    printJson({ blocks: 1 });
    printJson({ blocks: 1, made });
    const texts = written.mock.calls.map(([text]) => String(text));
    written.mockRestore();
    expect(texts.map((text) => JSON.parse(text) as object)).toEqual([
      { blocks: 1, program: thisProgram() },
      JSON.parse(JSON.stringify({ blocks: 1, made })),
    ]);
  });

  it('stands on every page, and with the study on that of a study', async () => {
    const page = await reportPage({ title: 'x', body: '', figures: [] });
    expect(page).toContain(`Written by ${programWords(thisProgram())}.`);
    const made = madeBy(study(input));
    const section = settingsSection({ ...sampleResult(), made });
    for (const words of [made.sha256, programWords(made.program), '&quot;location30&quot;'])
      expect(section).toContain(words);
  });

  it('stands in every file of a figure', async () => {
    const made = madeBy(study(input));
    const figure = p1BarsFigure(exampleP1(), { ...exampleSource, made });
    const words = `${programWords(made.program)}; study mine, SHA-256 ${made.sha256}`;
    const kept = async (name: string): Promise<Buffer> =>
      readFileSync(await saveFigure(figure, join(folder, name)));
    expect((await kept('a.svg')).toString()).toContain(`<metadata>${words}</metadata>`);
    const { layout } = JSON.parse((await kept('a.json')).toString()) as { layout: { meta: unknown } };
    expect(layout.meta).toEqual(made);
    const png = await kept('a.png');
    expect(png.toString('latin1')).toContain(words);
    expect((await sharp(png).metadata()).comments).toEqual([{ keyword: 'Software', text: words }]);
    expect((await kept('a.pdf')).toString('latin1')).toContain(`study mine, SHA-256 ${made.sha256})`);
  });
});

it('CITATION.cff asks for the software, and the paper beside it', () => {
  const citation = parse(readFileSync(join(projectRoot, 'CITATION.cff'), 'utf8')) as Record<string, unknown>;
  expect(citation).toMatchObject({ title: 'ccl-lab', type: 'software', version: projectVersion() });
  // It would stand in the place of the software.
  expect(citation).not.toHaveProperty('preferred-citation');
  expect(citation.references).toMatchObject([{ type: 'conference-paper', year: 2024 }]);
});
