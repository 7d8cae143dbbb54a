import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attackNames } from '../../src/attacks/registry';
import { ownDefenseNames } from '../../src/defenses/registry';
import { glossary } from '../../src/glossary';
import { lossNames } from '../../src/losses/registry';
import { projectRoot } from '../../src/paths';
import { computedSection } from '../../src/report/study-report';
import { entryPlace, exportPlace } from '../../src/source-place';
import { sampleResult } from './sample-result';

describe('where a number is computed', () => {
  const entries = [
    ...lossNames.map((name) => ['losses', name] as const),
    ...attackNames.map((name) => ['attacks', name] as const),
    ...ownDefenseNames.map((name) => ['defenses', name] as const),
  ];

  it('is known of every loss, attack and defense, and stands at that line', () => {
    for (const [folder, name] of entries) {
      const place = entryPlace(folder, name);
      expect(place, name).not.toBeNull();
      const line = readFileSync(join(projectRoot, place!.file), 'utf8').split('\n')[place!.line - 1];
      expect(line, name).toMatch(/^export const \w+|^ {2}'?[\w-]+'?: /);
    }
    expect(entryPlace('losses', 'ccel')!.file).toBe('src/losses/ccel.ts');
    expect(entryPlace('losses', 'gce')!.file).toBe('src/losses/table.ts');
    expect(entryPlace('attacks', 'loss')!.file).toBe('src/attacks/output-scores.ts');
    expect(entryPlace('losses', 'none')).toBeNull();
  });

  it('is an export of the file that the glossary names', () => {
    const named = glossary.flatMap(({ computedBy }) => (computedBy === undefined ? [] : [computedBy]));
    expect(named.length).toBeGreaterThan(10);
    for (const [file, name] of named) expect(exportPlace(file, name), name).not.toBeNull();
  });

  it('stands in the report, with the formula, for numbers, attacks and methods', () => {
    const html = computedSection(sampleResult());
    const rowOf = (word: string): string =>
      html.split('<tr>').find((row) => row.includes(`>${word}<`)) ?? 'no row';
    expect(rowOf('P1')).toMatch(/2 \* accuracy.*p1FromAdvantage, src\/metrics\/advantage\.ts:\d+/);
    expect(rowOf('loss: ce')).toMatch(/f\(p\) = -ln p.*src\/losses\/ce\.ts:\d+/);
    expect(html).toMatch(/attack: Loss.*src\/attacks\/output-scores\.ts:\d+/);
  });
});
