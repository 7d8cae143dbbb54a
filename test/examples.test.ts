import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { projectRoot } from '../src/paths';

const folder = join(projectRoot, 'examples');
const said: Readonly<Record<string, readonly RegExp[]>> = {
  'train-and-attack.ts': [
    /^model 3: mean loss of members \d\.\d{3}, test accuracy 0\.\d{3}$/m,
    /^loss attack: AUC 0\.\d{3}, 95 % interval 0\.\d{3} to 0\.\d{3}$/m,
    /^LiRA: AUC 0\.\d{3}, .*\n {2}TPR at 0\.1 % FPR: 0\.\d{3}$/m,
  ],
  'own-loss.ts': [
    /^members' losses spread for alpha below 0\.194$/m,
    /^more variance than cross-entropy at equal mean: yes$/m,
    /^CCL cubic \(alpha 0\.5\): variance of members' losses \d.*, AUC of the loss attack 0\.\d{3}$/m,
  ],
};

it.each(readdirSync(folder).filter((name) => name.endsWith('.ts')))(
  'examples/%s reads from top to bottom and runs',
  { timeout: 240_000 },
  async (name) => {
    expect(readFileSync(join(folder, name), 'utf8').split('\n').length).toBeLessThanOrEqual(120);
    vi.stubEnv('CCL_SMOKE', '1');
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
    const error = vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(`error: ${line}`));
    try {
      const { done } = (await import(/* @vite-ignore */ join(folder, name))) as { done: Promise<void> };
      await done;
    } finally {
      vi.unstubAllEnvs();
      log.mockRestore();
      error.mockRestore();
    }
    for (const pattern of said[name] ?? []) expect(lines.join('\n')).toMatch(pattern);
    expect(Object.keys(said)).toContain(name);
  },
);
