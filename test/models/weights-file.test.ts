import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { writeNpz } from '../../src/platform/formats/npz';
import { encodeSafetensors } from '../../src/platform/formats/safetensors';
import { type Network, type NetworkArrays, toTensors } from '../../src/models/network';
import { model } from '../../src/models/registry';
import { loadWeights, saveWeights } from '../../src/models/weights-file';
import { projectRoot } from '../../src/paths';
import { hashedInput, hashedWeights, torchValue } from './hashed-weights';

const folder = mkdtempSync(join(tmpdir(), 'ccl-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));
const network = model('resnet20');

/** The state_dict of make-models.py, in PyTorch's layout, as a script of PyTorch would export it. */
function exported(
  net: Network,
  prefix = '',
): Record<string, { data: Float32Array; shape: readonly number[] }> {
  const infos = [...net.parameters, ...net.buffers];
  return Object.fromEntries(
    infos.map((info) => [`${prefix}${info.name}`, { data: torchValue(info), shape: info.torchShape }]),
  );
}

/** All bits equal; vitest's own comparison takes seconds. */
function expectEqual(found: NetworkArrays, expected: NetworkArrays): void {
  const bytes = ({ parameters, buffers }: NetworkArrays): Buffer[] =>
    [...parameters, ...buffers].map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  const other = bytes(expected);
  expect(bytes(found).map((each, i) => each.equals(other[i]))).toEqual(other.map(() => true));
}

/** Adds an int64 scalar to a safetensors file by hand, as PyTorch exports a batch norm's counter. */
function withCounter(file: Buffer, name: string): Buffer {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString()) as Record<string, unknown>;
  const end = file.length - 8 - length;
  header[name] = { dtype: 'I64', shape: [], data_offsets: [end, end + 8] };
  let text = JSON.stringify(header);
  text = text.padEnd(Math.ceil(text.length / 8) * 8);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64LE(BigInt(17));
  return Buffer.concat([size, Buffer.from(text), file.subarray(8 + length), counter]);
}

describe('files of weights', () => {
  it('load from safetensors by PyTorch’s names; counters and the prefix of a wrapper are left out', async () => {
    const path = join(folder, 'wrapped.safetensors');
    const file = encodeSafetensors({ arrays: exported(network, 'module.'), metadata: {} });
    writeFileSync(path, withCounter(file, 'module.bn1.num_batches_tracked'));
    expectEqual(await loadWeights(network, path), hashedWeights(network));
  });

  it('load from npz alike', async () => {
    const path = join(folder, 'weights.npz');
    const counter = { data: new Float64Array([17]), shape: [] };
    await writeNpz(path, { ...exported(network), 'bn1.num_batches_tracked': counter });
    expectEqual(await loadWeights(network, path), hashedWeights(network));
  });

  it('come back bit for bit after saving, in PyTorch’s layout and with the spec', async () => {
    const path = join(folder, 'saved.safetensors');
    const weights = network.initial({ seed: 1, role: 'target' });
    saveWeights(network, weights, path);
    expectEqual(await loadWeights(network, path), weights);
    const bytes = readFileSync(path);
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()) as Record<
      string,
      { shape?: number[]; model?: string }
    >;
    expect(header['conv1.weight'].shape).toEqual([16, 3, 3, 3]);
    expect(JSON.parse(header.__metadata__.model!)).toEqual(network.spec);
  });

  it('of a training are its average, where it keeps one', async () => {
    const path = join(folder, 'average.safetensors');
    const [last, ema] = [
      network.initial({ seed: 1, role: 'target' }),
      network.initial({ seed: 2, role: 'target' }),
    ];
    saveWeights(network, { ...last, ema: ema.parameters }, path);
    expectEqual(await loadWeights(network, path), { ...last, parameters: ema.parameters });
    saveWeights(network, { ...last, ema: null }, path);
    expectEqual(await loadWeights(network, path), last);
  });

  it('that do not fit are refused with the names that are missing, unexpected and mis-shaped', async () => {
    const path = join(folder, 'other.safetensors');
    writeFileSync(
      path,
      encodeSafetensors({ arrays: exported(model('resnet18', { classes: 5 })), metadata: {} }),
    );
    const wrong = loadWeights(network, path);
    await expect(wrong).rejects.toThrow(/do not fit resnet20 with options/);
    await expect(wrong).rejects.toThrow(/missing \(layer1.2.conv1.weight/);
    await expect(wrong).rejects.toThrow(/unexpected \(layer4.0/);
    await expect(wrong).rejects.toThrow(/conv1.weight \[64, 3, 7, 7\] instead of \[16, 3, 3, 3\]/);
    await expect(loadWeights(network, join(folder, 'model.pt'))).rejects.toThrow(
      /safetensors.torch.save_file/,
    );
    await expect(loadWeights(network, join(folder, 'none.safetensors'))).rejects.toThrow(/none.safetensors/);
    const { parameters, buffers } = hashedWeights(network);
    expect(() => saveWeights(network, { parameters: parameters.slice(1), buffers }, path)).toThrow(
      /number of values of conv1.weight is 16, but must be 432/,
    );
  });

  const python = join(projectRoot, '.venv-twins', 'bin', 'python');
  it.skipIf(!existsSync(python))(
    'PyTorch loads what we save, strictly, and computes the same logits',
    async () => {
      const { tf } = await openBackend();
      const path = join(folder, 'for-pytorch.safetensors');
      const weights = network.initial({ seed: 9, role: 'target' });
      saveWeights(network, weights, path);
      const logits = tf.tidy(() => {
        const x = tf.tensor4d(hashedInput(network.inputShape, 2), [2, 32, 32, 3]);
        return Array.from(network.logits(tf, toTensors(tf, network, weights), x).dataSync());
      });
      const script = join(projectRoot, 'test', 'fixtures', 'models', 'load-safetensors.py');
      const { stdout, stderr } = spawnSync(python, [script, path], { encoding: 'utf8' });
      expect(stdout, stderr).toMatch(/^\[/);
      const found = JSON.parse(stdout) as number[];
      const scale = Math.max(...found.map(Math.abs));
      found.forEach((value, i) => expect(Math.abs(logits[i] - value) / scale).toBeLessThan(1e-5));
    },
  );
});
