import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/platform/math/random';
import { decodeState } from '../../src/training/checkpoint';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-killed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Trains in a child; with `killAt`, kills it so many milliseconds after that epoch began. Last epoch begun, bits if done. */
function trained(
  file?: string,
  killAt?: { epoch: number; ms: number },
): Promise<{ epoch: number; bits?: string }> {
  const args = ['--require', 'tsx/cjs', join(__dirname, 'train-child.ts'), 'long', ...(file ? [file] : [])];
  const env = { ...process.env, CCL_BACKEND: 'cpu' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  let isSet = false;
  const epoch = (): number => Number([...out.matchAll(/^epoch (\d+)$/gm)].pop()?.[1] ?? 0);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (killAt !== undefined && !isSet && epoch() >= killAt.epoch) {
      isSet = true;
      setTimeout(() => child.kill('SIGKILL'), killAt.ms);
    }
  });
  return new Promise((resolve) =>
    child.on('close', () => resolve({ epoch: epoch(), bits: /^bits (\w+)$/m.exec(out)?.[1] })),
  );
}

describe('a training that is killed with kill -9', () => {
  it('loses at most the epoch under way, and ends with the bits of a straight run', async () => {
    const file = join(folder, 'run.safetensors');
    const stream = randomStream({ seed: 3, role: 'evaluation', purpose: 'synthetic' });
    const straight = trained();
    for (const epoch of [4, 20, 36]) {
      const killAt = { epoch: epoch + stream.below(10), ms: stream.below(12) };
      const killed = await trained(file, killAt);
      expect(killed.bits).toBeUndefined();
      const kept = decodeState(readFileSync(file), { name: 'long' }, file).epoch;
      // What the child printed may lag behind, never run ahead.
      expect(kept).toBeGreaterThanOrEqual(killed.epoch - 1);
      expect(kept).toBeGreaterThanOrEqual(killAt.epoch - 1);
    }
    const resumed = await trained(file);
    expect(resumed.bits).toBe((await straight).bits);
    expect(resumed.bits).toBeDefined();
    // What the killed processes left half-written is gone.
    expect(readdirSync(folder)).toEqual(['run.safetensors']);
  });
});
