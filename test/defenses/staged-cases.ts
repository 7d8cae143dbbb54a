import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';
import { openBackend } from '../../src/backend/backend';
import { defense } from '../../src/defenses/registry';
import type { DefenseSetup } from '../../src/defenses/defense';
import { expectClose } from './defended-task';
import { objectiveGradient, objectiveOf } from './objective-gradient';

interface HampFixture {
  labels: { gamma: number; classes: number; own: number }[];
  logits: number[][];
  y: number[];
  losses: {
    gamma: number;
    alpha: number;
    divergence: 'sum' | 'class-mean';
    loss: number;
    gradient: number[][];
  }[];
  answers: { own: number[][]; random: number[][]; wanted: number[][] };
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(__dirname, `../fixtures/defenses/${name}.json`), 'utf8')) as T;
}

/** What scipy, PyTorch and numpy compute in float64 (make-hamp.py). */
export const hampFixture = read<HampFixture>('hamp');

/** A setup in which only the number of classes counts. */
export function setupOf(classes: number, changes: Partial<DefenseSetup> = {}): DefenseSetup {
  const members = { x: new Float32Array(0), y: new Int32Array(0) };
  return { members, classes, inputShape: [1], key: { seed: 1, role: 'target', index: 0 }, ...changes };
}

/** Protects values and gradients of the losses on other labels, against PyTorch. */
export function stagedCases(): void {
  const { logits, y: labels, losses } = hampFixture;
  it.each(losses)('hamp: gamma $gamma, alpha $alpha, $divergence', async ({ loss, gradient, ...options }) => {
    const { method } = defense('hamp', options).training(setupOf(logits[0].length), []);
    const found = objectiveGradient(await openBackend(), objectiveOf(method), { logits, labels });
    expectClose([found.value], [loss], 2e-6, 1);
    expectClose(found.gradient, gradient.flat());
  });
}
