import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { glossary, glossaryDocument, glossaryOf } from '../../src/glossary';
import { p1FromAdvantage } from '../../src/metrics/advantage';
import { projectRoot } from '../../src/paths';
import { cclHere } from '../cli/here';

describe('the glossary', () => {
  it('is what docs/glossary.md says; if not: npx ccl glossary --markdown > docs/glossary.md', () => {
    expect(readFileSync(join(projectRoot, 'docs', 'glossary.md'), 'utf8')).toBe(glossaryDocument());
  });

  it('is found by word, by each of several words or the first of them, in any case; a slip is told', () => {
    expect(glossaryOf(['auc', 'FPR', 'ce', 'ROC']).map(({ word }) => word)).toEqual([
      'AUC',
      'TPR, FPR',
      'cross-entropy (CE)',
      'ROC curve',
    ]);
    expect(() => glossaryOf(['advantege'])).toThrow('Did you mean "advantage"?');
  });

  it('answers ccl help, beside the commands', async () => {
    expect((await cclHere('help', 'auc')).stdout).toMatch(/^AUC: How often /);
    expect((await cclHere('help', 'study', 'run')).stdout).toContain('Usage: ccl study run');
    const unknown = await cclHere('help', 'advantege');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('no command or word of the glossary. Did you mean "advantage"?');
  });

  it('has each word once, in one line', () => {
    expect(new Set(glossary.map(({ word }) => word)).size).toBe(glossary.length);
    for (const { meaning } of glossary) expect(meaning).toMatch(/^[^\n]+[.?]$/);
  });

  it('gives the formula of P1 that the laboratory computes', () => {
    const [accuracy, advantage] = [0.6, 0.3];
    const formula = glossaryOf(['P1'])[0].formula!.split('=')[1];
    const value = new Function('accuracy', 'advantage', `return ${formula};`) as (
      a: number,
      b: number,
    ) => number;
    expect(value(accuracy, advantage)).toBeCloseTo(p1FromAdvantage(accuracy, advantage), 12);
  });
});
