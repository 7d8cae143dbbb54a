import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { studyDataset } from '../../src/data/data-file';
import type { Dataset } from '../../src/data/dataset';
import { blockId, computeOf, type ModelAddress } from '../../src/experiments/block';
import { type Plan, planStudy, type PlannedModel } from '../../src/experiments/plan';
import { type ExportedModel, exportForPytorch } from '../../src/experiments/pytorch-export';
import { runStudy } from '../../src/experiments/run-study';
import { openStore, type Store } from '../../src/experiments/store/store';
import { study } from '../../src/experiments/study';
import { modelFromData } from '../../src/models/registry';
import { loadWeights, torchArray } from '../../src/models/weights-file';
import { projectRoot } from '../../src/paths';
import { openBackend } from '../../src/platform/backend/backend';
import { openNpz } from '../../src/platform/formats/npz';
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedArray,
} from '../../src/platform/formats/safetensors';

const folder = mkdtempSync(join(tmpdir(), 'pytorch-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Three dense layers of which the second is square: turned, it would still have the right shape. */
const hidden = [5, 5];
let chosen: ReturnType<typeof study>;
let store: Store;
let plan: Plan;
let data: Dataset;
let models: readonly ExportedModel[];
const to = join(folder, 'pytorch');
beforeAll(async () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `${(i * 37) % 61},${(i * 11) % 7},${i % 3 === 0 ? 'b' : 'a'}`,
  );
  writeFileSync(join(folder, 'mine.csv'), `${['u,v,class', ...rows].join('\n')}\n`);
  chosen = study({
    ...{
      name: 'square',
      hidden,
      data: { csv: join(folder, 'mine.csv'), label: 'class' },
      seeds: [1],
      epochs: 1,
    },
    ...{ methods: [{ loss: 'ce' }], shadows: 2, batchSize: 4, milestones: [], attacks: ['loss'] },
  });
  store = openStore(join(folder, 'out'));
  await runStudy(chosen, { store, executor: 'local' });
  data = await studyDataset(chosen.data);
  plan = planStudy(chosen, data, computeOf(await openBackend({ threads: 1 })));
  await exportForPytorch({ study: chosen, plan, data, store }, to);
  models = (JSON.parse(readFileSync(join(to, 'study.json'), 'utf8')) as { models: ExportedModel[] }).models;
}, 120_000);

const plannedModel = ({ role, index }: ModelAddress): PlannedModel =>
  [...plan.runs[0].targets, ...plan.runs[0].shadows].find(({ block, place }) => {
    const at = block.models[place];
    return at.role === role && at.index === index;
  })!;

/** What PyTorch computes with these arrays: y = W x + b and tanh, W [out, in], in plain numbers. */
function asPytorch(arrays: Readonly<Record<string, NamedArray>>, x: readonly number[]): number[] {
  const dense = (name: string, input: readonly number[]): number[] => {
    const { data: weights, shape } = arrays[`${name}.weight`];
    expect(shape[1]).toBe(input.length);
    return Array.from({ length: shape[0] }, (_, o) =>
      input.reduce(
        (sum, value, i) => sum + weights[o * shape[1] + i] * value,
        arrays[`${name}.bias`].data[o],
      ),
    );
  };
  return dense('classifier', dense('features.2', dense('features.0', x).map(Math.tanh)).map(Math.tanh));
}

describe('ccl study export --pytorch', () => {
  it('has target and shadow models, whose weights give the kept outputs as PyTorch would compute them', async () => {
    expect(models.map(({ name }) => name)).toEqual([
      'ce-seed-1-target',
      'ce-seed-1-shadow-1',
      'ce-seed-1-shadow-2',
    ]);
    const splits = await openNpz(join(to, 'splits.npz'));
    const array = async (name: string): Promise<number[]> =>
      Array.from((await splits.read(name)).data, Number);
    for (const model of models) {
      const file = readFileSync(join(to, model.weights));
      const { arrays } = decodeSafetensors(file, model.weights);
      const planned = plannedModel(model);
      const { records, signals } = store.read(planned.block)![planned.place];
      const [members, others] = [
        await array(`${model.name}/members`),
        await array(`${model.name}/non_members`),
      ];
      expect([...members, ...others]).toEqual([...records]);
      const [shift, scale] = [await array(`${model.name}/shift`), await array(`${model.name}/scale`)];
      [...records].forEach((record, row) => {
        const x = [0, 1].map((j) => (data.x[record * 2 + j] - shift[j]) / scale[j]);
        asPytorch(arrays, x).forEach((logit, c) => expect(logit).toBeCloseTo(signals.logits[row * 2 + c], 4));
      });
    }
    splits.close();
  });

  it('says the order of classes and columns', () => {
    const description = JSON.parse(readFileSync(join(to, 'study.json'), 'utf8')) as Record<string, unknown>;
    expect(description).toMatchObject({ classes: ['a', 'b'], columns: [{ name: 'u' }, { name: 'v' }] });
  });

  const python = join(projectRoot, '.venv-twins', 'bin', 'python');
  it.skipIf(!existsSync(python))('PyTorch loads each model with loader.py and gives the kept outputs', () => {
    // What the loader needs of the package safetensors, which the twins' environment does not have.
    const reader = [
      'import json, numpy, torch',
      'def load_file(path):',
      '    raw = open(path, "rb").read(); n = int.from_bytes(raw[:8], "little"); head = json.loads(raw[8:8 + n])',
      '    part = lambda e: numpy.frombuffer(raw[8 + n:][slice(*e["data_offsets"])], "<f4").reshape(e["shape"]).copy()',
      '    return {k: torch.from_numpy(part(e)) for k, e in head.items() if k != "__metadata__"}',
    ];
    mkdirSync(join(to, 'safetensors'), { recursive: true });
    writeFileSync(join(to, 'safetensors', '__init__.py'), '');
    writeFileSync(join(to, 'safetensors', 'torch.py'), reader.join('\n'));
    const rows = Array.from({ length: 40 }, (_, r) => [data.x[r * 2], data.x[r * 2 + 1]]);
    const program = [
      'import json, numpy, torch',
      'from loader import load, study',
      `x = numpy.array(${JSON.stringify(rows)})`,
      'out = []',
      'for model in study["models"]:',
      '    module, own = load(model)',
      '    records = numpy.concatenate([own["members"], own["non_members"]])',
      '    scaled = (x[records] - own["shift"]) / own["scale"]',
      '    with torch.no_grad(): out.append(module(torch.tensor(scaled, dtype=torch.float32)).ravel().tolist())',
      'print(json.dumps(out))',
    ];
    const { stdout, stderr } = spawnSync(python, ['-c', program.join('\n')], { cwd: to, encoding: 'utf8' });
    expect(stdout, stderr).toMatch(/^\[\[/);
    (JSON.parse(stdout) as number[][]).forEach((logits, m) => {
      const { block, place } = plannedModel(models[m]);
      const kept = store.read(block)![place].signals.logits;
      expect(logits.length).toBe(kept.length);
      logits.forEach((logit, i) => expect(logit).toBeCloseTo(kept[i], 4));
    });
  });
});

describe('weights of a block', () => {
  it('are what loadWeights reads, of a single model and of each of several', async () => {
    for (const { role, index } of models) {
      const { block, place } = plannedModel({ role, index });
      const network = modelFromData(block.model);
      const file = join(store.blockFolder(blockId(block)), 'weights.safetensors');
      const { parameters } = await loadWeights(network, file, place);
      const exported = await loadWeights(
        network,
        join(to, models.find((m) => m.role === role && m.index === index)!.weights),
      );
      expect(parameters).toEqual(exported.parameters);
    }
    const { block } = plannedModel({ role: 'shadow', index: 0 });
    const file = join(store.blockFolder(blockId(block)), 'weights.safetensors');
    await expect(loadWeights(modelFromData(block.model), file, 2)).rejects.toThrow(
      /model is 2, but must be 0 \.\. 1/,
    );
  });

  it('of an earlier version, [in, out] and numbered, are read right', () => {
    const { block } = plannedModel({ role: 'target', index: 0 });
    const now = store.readWeights(block)!;
    const place = store.blockFolder(blockId(block));
    const old = Object.entries(now[0]).map(([name, array]) => [`0/${name}`, torchArray(array)] as const);
    const file = encodeSafetensors({ arrays: Object.fromEntries(old), metadata: {} });
    const description = JSON.parse(readFileSync(join(place, 'block.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(description.schema).toBe('ccl-lab/block/4');
    const sums = description.sha256 as Record<string, string>;
    sums['weights.safetensors'] = createHash('sha256').update(file).digest('hex');
    writeFileSync(join(place, 'weights.safetensors'), file);
    writeFileSync(join(place, 'block.json'), JSON.stringify({ ...description, schema: 'ccl-lab/block/3' }));
    expect(store.readWeights(block)).toEqual(now);
  });
});
