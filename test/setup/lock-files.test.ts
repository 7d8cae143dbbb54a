import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

const folder = path.join(projectRoot, 'src', 'platform', 'setup', 'python');
const locks = readdirSync(folder).filter((name) => name.endsWith('.lock.txt'));

describe('lock files', () => {
  it('are there for Jupyter, Ray, TensorFlow without and with CUDA, and the twins', () => {
    expect(locks.sort()).toEqual([
      'cluster.lock.txt',
      'notebook.lock.txt',
      'tensorflow-cpu.lock.txt',
      'tensorflow-cuda.lock.txt',
      'twins.lock.txt',
    ]);
  });

  it.each(locks)('%s pins every package with a hash and names no registry', (name) => {
    const text = readFileSync(path.join(folder, name), 'utf8');
    expect(text).not.toMatch(/:\/\/|index-url|find-links|trusted-host/);
    const packages = text.split(/\n(?=\S)/).filter((block) => block.trim() !== '');
    for (const block of packages) {
      expect(block).toMatch(/^[a-z0-9][a-z0-9.-]*==\S+/);
      expect(block).toMatch(/--hash=sha256:[0-9a-f]{64}/);
    }
  });

  it('package-lock.json names no registry and has every optional package of every platform', () => {
    const text = readFileSync(path.join(projectRoot, 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as {
      packages: Record<string, { resolved?: string; optionalDependencies?: object }>;
    };
    expect(Object.values(packages).filter((entry) => /^https?:/.test(entry.resolved ?? ''))).toEqual([]);
    // npm ci refuses a lock file in which one is missing.
    const present = new Set(Object.keys(packages).map((name) => name.replace(/^.*node_modules\//, '')));
    const missing = Object.values(packages)
      .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
      .filter((name) => !present.has(name));
    expect(missing).toEqual([]);
  });
});
