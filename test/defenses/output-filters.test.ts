import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateAttack } from '../../src/attacks/evaluate-attack';
import { auditAttacks } from '../../src/attacks/registry';
import { openBackend, type Backend } from '../../src/platform/backend/backend';
import { defense, defenseFromData } from '../../src/defenses/registry';
import { rounded } from '../../src/defenses/answer-filters';
import { train } from '../../src/training/train';
import { outputFilter, withOutputs } from '../../src/defenses/with-outputs';
import { attack, standardAttacks } from '../../src/attacks/registry';
import { logSoftmax, topClass } from '../../src/signals/log-softmax';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { defendedTask } from './defended-task';

const fixture = JSON.parse(
  readFileSync(join(__dirname, '..', 'fixtures', 'defenses', 'output-filters.json'), 'utf8'),
) as { logits: number[][]; cases: { name: string; options: object; p: number[][] }[] };
const logits = Float32Array.from(fixture.logits.flat());
const [n, classes] = [fixture.logits.length, fixture.logits[0].length];
const floor = 2 ** -149;

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend();
});

/** What a filter makes of logits. */
function filtered(name: string, options: object, given = logits): Float32Array {
  return outputFilter(defenseFromData(name, options), backend.tf, { classes })(given);
}

describe('output filters', () => {
  it.each(fixture.cases)(
    '$name with $options answers the probabilities that numpy gives',
    ({ name, options, p }) => {
      const out = filtered(name, options);
      const answered = logSoftmax({ n, classes, logits: out }).map(Math.exp);
      p.flat().forEach((wanted, i) => {
        // Zero is answered as the floor: nothing, beside any float32 probability.
        if (wanted === 0) expect(answered[i]).toBeLessThan(floor * 10 ** 1.5);
        else expect(Math.abs(answered[i] - wanted)).toBeLessThan(1e-5 * wanted + 1e-12);
      });
    },
  );

  it.each([
    ['top-k', { k: 1 }],
    ['top-k', { k: 3, rest: 'shared' }],
    ['temperature', { temperature: 20 }],
    ['temperature', { temperature: 0.1 }],
    ['rounding', { decimals: 15 }],
  ])('%s with %o keeps every prediction', (name, options) => {
    const out = filtered(name, options);
    for (let i = 0; i < n; i++)
      expect(topClass(out, i * classes, classes)).toBe(topClass(logits, i * classes, classes));
  });

  it('keep two nearly equal classes apart, in their order', () => {
    const close = Float32Array.of(0.1, 0.1 + 2 ** -27, -3, -3, -3, -3);
    for (const options of [{ temperature: 5 }, { temperature: 50 }])
      expect(topClass(filtered('temperature', options, close), 0, classes)).toBe(1);
  });

  it('round a half to even, and all to 0 gives a uniform row', () => {
    expect([0.5, 0.125, 0.375, 0.4999].map((p) => rounded(p, 0))).toEqual([0, 0, 0, 0]);
    expect([0.125, 0.375].map((p) => rounded(p, 2))).toEqual([0.12, 0.38]);
    const flat = filtered('rounding', { decimals: 0 }, new Float32Array(classes));
    expect(new Set(flat).size).toBe(1);
  });

  it('of the reverse sigmoid can hand the prediction to a class near 0, as in ART', () => {
    // p = (.37, .37, .13, .13, 0, 0): the last ones are answered as .48 before the sum.
    const unsure = Float32Array.of(1, 1, 0, 0, -40, -90);
    expect(topClass(filtered('reverse-sigmoid', {}, unsure), 0, classes)).toBe(4);
  });

  it('treat each row alone', () => {
    for (const { name, options } of fixture.cases) {
      const all = filtered(name, options);
      const row = logits.slice(3 * classes, 4 * classes);
      expect(filtered(name, options, row)).toEqual(all.slice(3 * classes, 4 * classes));
    }
  });

  it('give every attack finite scores, zeros included', () => {
    const sure = Float32Array.from(logits, (z) => 10 * z);
    for (const [name, options] of [
      ['rounding', { decimals: 1 }],
      ['top-k', { k: 1 }],
      ['reverse-sigmoid', { beta: 2, gamma: 1 }],
    ] as const) {
      const out = filtered(name, options, sure);
      const other = filtered(name, options);
      expect(out.every(Number.isFinite)).toBe(true);
      const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
      const halves = Uint8Array.from(labels, (_, i) => i % 2);
      const rest = halves.map((member) => 1 - member);
      const [target, shadow] = [
        { n, classes, logits: out, labels, members: halves },
        { n, classes, logits: other, labels, members: rest },
      ];
      for (const each of standardAttacks) {
        const { auc } = evaluateAttack(attack(each), target, [shadow]);
        expect(Number.isFinite(auc.estimate)).toBe(true);
      }
      const set = memorySignalSet({ logits: [out, other], labels, members: [halves, rest] });
      const simple = auditAttacks().filter(({ needs }) => needs.every((need) => need === 'shadow models'));
      expect(simple.length).toBeGreaterThan(20);
      for (const each of simple) {
        const { scores, usable } = each.scores(set, { seed: 1, effort: 'check' });
        expect(
          scores.every((score, i) => usable?.[i] === 0 || !Number.isNaN(score)),
          each.name,
        ).toBe(true);
      }
    }
  });
});

describe('a finished model', () => {
  it('gets an output defense without training again: the bits of training with it', async () => {
    const task = await defendedTask(defense('ce'));
    const plain = await train(task);
    for (const output of [
      defense('rounding', { decimals: 1 }),
      defense('memguard', { epochs: 3, width: 8 }),
    ]) {
      const wrapped = withOutputs(output, plain, task);
      const direct = await train({ ...task, defense: output });
      expect(wrapped.signals.logits).toEqual(direct.signals.logits);
      expect(wrapped.ask(task.members.x)).toEqual(
        direct.signals.logits.slice(0, task.members.y.length * plain.network.classes),
      );
      expect(wrapped.signals.logits).not.toEqual(plain.signals.logits);
    }
  });

  it('says what is missing or not possible', async () => {
    const task = await defendedTask(defense('ce'));
    const plain = await train(task);
    expect(() => withOutputs(defense('dropout'), plain, task)).toThrow(
      /changes the training, not the outputs/,
    );
    expect(() => withOutputs(defense('memguard'), plain, { ...task, inference: undefined })).toThrow(
      /needs an inference set/,
    );
    const filter = (name: string) => outputFilter(defenseFromData(name), backend.tf, { classes });
    expect(() => filter('memguard')).toThrow(/Give `members` and `inference`/);
    expect(() => filter('ccel')).toThrow(/changes the training, not the outputs/);
    expect(() => filter('rounding')(new Float32Array(7))).toThrow(
      /logits.length is 7, but must be a multiple of the 6/,
    );
    expect(() => defense('rounding', { decimals: -1 })).toThrow(/decimals is -1, but must be/);
    expect(() => defenseFromData('reverse-sigmoid', { betta: 1 })).toThrow(/Did you mean "beta"/);
    // @ts-expect-error no such option
    expect(() => defense('top-k', { kk: 3 })).toThrow(/Did you mean "k"/);
    // @ts-expect-error no such choice
    expect(() => defense('top-k', { rest: 'none' })).toThrow(/zero/);
  });

  it('may be known by its logits alone, with MemGuard too', () => {
    const members = Float32Array.from(logits, (z) => 8 * z);
    const filter = outputFilter(defense('memguard', { epochs: 20, width: 8 }), backend.tf, {
      classes,
      members,
      inference: logits,
    });
    const before = backend.tf.memory().numTensors;
    const out = filter(members);
    expect(backend.tf.memory().numTensors).toBe(before);
    expect(filter(members)).toEqual(out);
    for (let i = 0; i < n; i++)
      expect(topClass(out, i * classes, classes)).toBe(topClass(members, i * classes, classes));
  });
});
