import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../src/paths';

interface Cell {
  cell_type: string;
  execution_count?: number;
  outputs?: { output_type: string; data?: Record<string, unknown> }[];
  source: string[];
}

const folder = join(projectRoot, 'notebooks');
const notebooks = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));

describe.each(notebooks)('%s', (name) => {
  const file = join(folder, name);
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as { cells: Cell[] };
  const code = cells.filter(({ cell_type }) => cell_type === 'code');
  const outputs = code.flatMap((cell) => cell.outputs ?? []);

  it('is committed as one run from a fresh kernel: every cell executed in order, no error', () => {
    expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, i) => i + 1));
    expect(outputs.filter(({ output_type }) => output_type === 'error')).toEqual([]);
  });

  it('shows its figures on GitHub too: each has a picture beside the interactive form, and no HTML that would hide it', () => {
    const figures = outputs.filter(
      ({ data }) => data !== undefined && 'application/vnd.plotly.v1+json' in data,
    );
    expect(figures.length).toBeGreaterThan(0);
    for (const { data } of figures) expect(Object.keys(data!).sort()).toContain('image/png');
    for (const { data } of figures) expect(data).not.toHaveProperty('text/html');
    expect(statSync(file).size).toBeLessThan(3e6);
  });

  it('names no folder of the machine that it ran on', () => {
    expect(readFileSync(file, 'utf8')).not.toContain(projectRoot);
  });

  it('asks a question at the top and has exercises at the end', () => {
    expect(cells[0].source.join('')).toMatch(/\*\*Question\.\*\*/);
    expect(cells.some(({ source }) => source.join('').includes('## Exercises'))).toBe(true);
  });
});
