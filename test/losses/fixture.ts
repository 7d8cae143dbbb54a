import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LossOptionValues } from '../../src/losses/loss';

interface ValuesAndRows {
  values: number[];
  gradient: number[][];
}

export interface LogitFixture {
  name: string;
  options: LossOptionValues;
  /** Moderate logits of this loss, [record][class]. */
  logits: number[][];
  moderate: ValuesAndRows;
  extreme: ValuesAndRows;
}

interface LossFixture {
  logits: { moderate: number[][]; extreme: number[][] };
  labels: number[];
  point: {
    name: string;
    options: LossOptionValues;
    /** p, q, u, value, slope, curvature, weight, weightSlope; null is infinite. */
    points: (number | null)[][];
    moderate: ValuesAndRows;
    extreme: ValuesAndRows;
  }[];
  logitKinds: LogitFixture[];
  batch: LogitFixture[];
}

/** The values of make_fixtures.py (mpmath and PyTorch). */
export const fixture = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/losses/losses.json'), 'utf8'),
) as LossFixture;

/** «focal {"gamma":1}», for the names of tests. */
export const named = <T extends { name: string; options: LossOptionValues }>(entries: T[]): [string, T][] =>
  entries.map((entry) => [`${entry.name} ${JSON.stringify(entry.options)}`, entry]);

/** Logits in rows as `lossOnLogits` takes them. */
export const labeled = (rows: number[][], labels = fixture.labels) => ({
  n: rows.length,
  classes: rows[0].length,
  logits: rows.flat(),
  labels,
});
