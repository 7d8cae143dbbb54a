import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

const page = readFileSync(join(projectRoot, 'docs', 'design.md'), 'utf8');
const [, way] = /^The way of alpha.*?: (`src.*)$/m.exec(page)!;
const stops = [...way.matchAll(/`(src\/[^`]+\.ts)`/g)].map(([, file]) => file);

/** The files of the project that a file imports. */
function importsOf(file: string): string[] {
  if (!existsSync(join(projectRoot, file))) return [];
  const source = readFileSync(join(projectRoot, file), 'utf8');
  return [...source.matchAll(/from '(\.[^']+)'/g)].map(([, path]) => `${join(file, '..', path)}.ts`);
}

it('each stop of the way of alpha is there, and an import joins it to one before', () => {
  // The last is named as what comes after; one file is passed twice.
  expect(new Set(stops.slice(0, -1)).size).toBe(14);
  expect(way).toContain('These are fourteen files');
  stops.forEach((stop, i) => {
    expect(existsSync(join(projectRoot, stop)), stop).toBe(true);
    // The registry of losses knows its files by a list of them.
    const reached = (other: string): string[] =>
      importsOf(other).flatMap((file) => [file, ...importsOf(file)]);
    const joined = (other: string): boolean =>
      reached(other).includes(stop) || importsOf(stop).includes(other);
    expect(i === 0 || stops.slice(0, i).some(joined), stop).toBe(true);
  });
});
