import { describe, expect, it } from 'vitest';
import { halfMasks, maskedRecords } from '../../src/data/masks';
import { model } from '../../src/models/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { randomStream } from '../../src/platform/math/random';
import { defense } from '../../src/defenses/registry';
import { train } from '../../src/training/train';
import { recipe } from '../../src/training/recipe';
import { takeRecords } from '../../src/training/records';

const n = 40;
const classes = 3;
const noise = randomStream({ seed: 3, role: 'evaluation', purpose: 'synthetic' });
const records = {
  x: Float32Array.from({ length: n * 5 }, () => noise.uniform()),
  y: Int32Array.from({ length: n }, (_, i) => i % classes),
};
const masks = halfMasks(n, 4, 1);

async function common() {
  return {
    backend: await openBackend(),
    network: model('mlp', { features: 5, hidden: [8, 4], classes }),
    defense: defense('ce'),
    recipe: recipe('study', { epochs: 3, batchSize: 8, milestones: [2] }),
  };
}

describe('train with masks', () => {
  it("lines up every model's outputs by record, members and non-members where the mask says", async () => {
    const parts = await common();
    const set = await train({ ...parts, records, masks, seed: 7 });
    const trained = await train({
      models: masks.map((mask, m) => ({
        ...parts,
        members: takeRecords(records, maskedRecords(mask, 1)),
        nonMembers: takeRecords(records, maskedRecords(mask, 0)),
        key: {
          seed: 7,
          role: m === 0 ? ('target' as const) : ('shadow' as const),
          index: Math.max(0, m - 1),
        },
      })),
    });
    expect([set.models, set.n, set.classes, set.target]).toEqual([4, n, classes, 0]);
    expect(Array.from(set.labels)).toEqual(Array.from(records.y));
    masks.forEach((mask, m) => {
      expect(set.members[m]).toEqual(mask);
      const order = [...maskedRecords(mask, 1), ...maskedRecords(mask, 0)];
      order.forEach((record, row) => {
        const found = set.model(m).logits.subarray(record * classes, (record + 1) * classes);
        expect(Array.from(found)).toEqual(
          Array.from(trained[m].state.outputs.subarray(row * classes, (row + 1) * classes)),
        );
      });
    });
    // Models start apart: the same records would otherwise give the same outputs under target and first shadow.
    expect(set.model(0).logits).not.toEqual(set.model(1).logits);
  });

  it.each([
    ['a mask of another length', new Uint8Array(3)],
    ['a mask without members', new Uint8Array(n)],
    ['a mask without non-members', new Uint8Array(n).fill(1)],
  ])('refuses %s and names it', async (_what, bad) => {
    const parts = await common();
    await expect(train({ ...parts, records, masks: [masks[0], bad], seed: 7 })).rejects.toThrow(/masks\[1\]/);
  });
});
