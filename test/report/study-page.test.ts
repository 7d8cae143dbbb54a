import { JSDOM } from 'jsdom';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { zippedPlotly } from '../../src/report/plotly-bundle';
import { specChanges } from '../../src/report/report-page';
import { studyCommands, studyWord } from '../../src/report/sections';
import { studyReportHtml } from '../../src/report/study-report';
import { shownMethods } from '../../src/figures/study-data';
import { studyPageFigures } from '../../src/report/study-page-figures';
import { gridResult, withCanaries, withoutLosses } from './grid-result';

// What the pages say is tried here. How figures are drawn is tried elsewhere, and takes most of the time of a page.
vi.mock('../../src/figures/static', async (original) => {
  const { default: sharp } = await import('sharp');
  const pixel = { create: { width: 1, height: 1, channels: 3, background: 'white' } } as const;
  const png = new Uint8Array(await sharp(pixel).png().toBuffer());
  return { ...(await original<object>()), renderPng: async () => png };
});

async function pageOf(...of: Parameters<typeof studyReportHtml>): Promise<Document> {
  return new JSDOM((await studyReportHtml(...of)).replace((await zippedPlotly()).toString('base64'), ''))
    .window.document;
}

function sectionOf(document: Document, id: string): Element {
  return document.querySelector(`section[aria-labelledby=${id}-title]`)!;
}

function rowsOf(document: Document, id: string): string[][] {
  return [...sectionOf(document, id).querySelector('table')!.querySelectorAll('tbody tr')].map((row) =>
    [...row.children].map((cell) => cell.textContent ?? ''),
  );
}

describe('the page of a study of grids', () => {
  const result = gridResult();
  let document: Document;
  beforeAll(async () => {
    document = await pageOf(result, { made: 'npx ccl study report grid.json' });
  });

  it('tells what the shadow models chose, with their numbers and those of the targets', () => {
    const rows = rowsOf(document, 'selections');
    expect(rows.map(([family, tried, chosen]) => [family, tried, chosen])).toEqual([
      ['CE', '3', 'CE [weightDecay=0.0001]'],
      ['CCEL', '3', 'CCEL (alpha 0.5)'],
      ['Focal', '2', 'Focal (gamma 2)'],
    ]);
    const { summary } = result.defenses.find(({ key }) => key === 'ccel alpha=0.5')!;
    expect(rows[1][3]).toBe('0.450');
    expect(rows[1][6]).toContain(summary.testAccuracy.estimate.toFixed(3));
    expect(rows[1][7]).toContain(
      `${summary.advantage.low!.toFixed(3)} to ${summary.advantage.high!.toFixed(3)}`,
    );
    expect(sectionOf(document, 'selections').textContent).toContain('the targets were not looked at');
  });

  it('shows the chosen methods first and says so, and has all of them further down', () => {
    const shown = [
      'CE',
      'CE [weightDecay=0.0001]',
      'CCEL (alpha 0.5)',
      'Focal (gamma 2)',
      'RelaxLoss (target 1)',
    ];
    expect(rowsOf(document, 'table').map(([label]) => label)).toEqual(shown);
    expect(rowsOf(document, 'all-methods').length).toBe(9);
    expect(document.querySelector('header')!.textContent).toContain('Shown are 5 of 9 methods');
    const paths = [...document.querySelectorAll('section')].find((each) =>
      each.textContent!.startsWith('Privacy and utility over the epochs'),
    )!;
    expect(paths.querySelector('figcaption')!.textContent).toContain('Shown are 5 of 9 methods');
    expect(paths.querySelector('img')!.alt).not.toContain('CCEL (alpha 0.3)');
  });

  it('has plane, heat map, P1 and alpha; of five attacks the plane shows the four strongest', () => {
    const titles = [...document.querySelectorAll('h2')].map((title) => title.textContent);
    for (const title of [
      'Privacy and utility of each defense',
      'Every attack against every defense',
      'P1: privacy and utility in one number',
      'What alpha does',
    ]) {
      expect(titles).toContain(title);
    }
    expect(document.querySelector('figcaption')!.textContent).toContain(
      'the 4 of 5 attacks that reach most on CE',
    );
  });

  it('names the threat model of each attack and the commands, the one that wrote it among them', () => {
    expect(sectionOf(document, 'threat').textContent).toContain(
      'Correctness, Confidence, Entropy, Modified entropy, Loss: one query a record',
    );
    const commands = [...document.querySelectorAll('.commands code')].map((code) => code.textContent);
    expect(commands).toEqual([
      'npx ccl study plan grid.yaml',
      'npx ccl study run grid.yaml',
      'npx ccl study report grid.yaml',
      'npx ccl study export grid.yaml',
      'npx ccl study report grid.json',
    ]);
  });
});

describe('the page of an ensemble without losses of records', () => {
  let document: Document;
  beforeAll(async () => {
    const bare = withCanaries(withoutLosses(gridResult()));
    document = await pageOf({ ...bare, settings: { ...bare.settings, shadows: 0, ensemble: 64 } });
  });

  it('sets canaries of each kind beside the other records', () => {
    const rows = rowsOf(document, 'canaries');
    expect(rows.length).toBe(9 * 5 * 3);
    expect(document.querySelector('.facts')!.textContent).toContain('9 methods, 576 target models');
    expect(rows.slice(0, 3).map(([, , records]) => records)).toEqual([
      'no canaries',
      'mislabelled',
      'out-of-distribution',
    ]);
    expect(rows[0][6]).toBe('6.3×10⁻⁵');
    expect(rows[1].slice(3)).toEqual([
      '0.7500.650 to 0.850',
      '0.375no interval',
      '0.9700.950 to 0.990',
      '0.00313',
    ]);
    expect(rows[0][4]).toBe('not measured');
    expect(sectionOf(document, 'canaries').textContent).toContain('10/3200');
  });

  it('leaves out the figures of losses and says so; one seed has no intervals over seeds', () => {
    const titles = [...document.querySelectorAll('h2')].map((title) => title.textContent);
    expect(titles).not.toContain('ROC of the loss attack');
    expect(titles).not.toContain('Losses of members and non-members after training');
    expect(titles).toContain('Losses over the epochs');
    expect(sectionOf(document, 'left-out').textContent).toContain(
      'does not hold the losses of single records',
    );
    expect(document.querySelector('#selections-title')).toBeNull();
    expect(document.querySelector('figcaption')!.textContent).toContain('one seed');
  });
});

describe('parts of a page', () => {
  it('has one panel of the plane, under the strongest attack, where every family has one setting', () => {
    const grid = gridResult();
    const families = new Set<string>();
    const defenses = grid.defenses.filter(({ name }) => !families.has(name) && families.add(name));
    const single = { ...grid, defenses, selections: [] };
    const [plane] = studyPageFigures(single, shownMethods(single)).overview;
    expect(defenses.length).toBeGreaterThan(1);
    expect(plane.spec.data.filter(({ uid }) => uid.startsWith('undefended'))).toHaveLength(1);
    expect(plane.caption).toContain('is the one of 5 attacks that reaches most on CE');
  });

  it('finds the study in a command, as a word of a shell', () => {
    expect(studyWord('npm start')).toBe('first-look');
    expect(studyWord('npx ccl start --study tiny')).toBe('tiny');
    expect(studyWord("npx ccl study run 'my grid.yaml' --report")).toBe("'my grid.yaml'");
    expect(studyWord('runStudy(study(...))')).toBeNull();
    expect(studyCommands('runStudy(study(...))').map(({ command }) => command)).toEqual([
      'runStudy(study(...))',
    ]);
  });

  it('holds the dark form of a figure as changes', () => {
    const light = { a: 1, list: [{ color: 'white', x: [1, 2] }], gone: 1 };
    expect(specChanges(light, { ...light })).toBeUndefined();
    expect(specChanges(light, { ...light, list: [{ color: 'black', x: [1, 2] }] })).toEqual({
      list: { '0': { color: ['black'] } },
    });
    expect(specChanges(light, { a: 1 })).toEqual([{ a: 1 }]);
  });
});
