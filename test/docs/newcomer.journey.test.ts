import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { markedBlocks } from './blocks';

// What a newcomer does: takes the guides' texts into a clone of their own, runs a study with all of it, changes a formula.

const blocks = markedBlocks();
let clone: string;
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'newcomer-'));
  for (const name of ['src', 'package.json', 'tsconfig.json', 'data/dataset_location.tgz']) {
    cpSync(join(projectRoot, name), join(clone, name), { recursive: true });
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(clone, 'node_modules'));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function ccl(root: string, ...args: readonly string[]): string {
  const command = join(root, 'src', 'platform', 'cli', 'ccl.cjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    ...{ cwd: clone, encoding: 'utf8' },
  });
  expect(status, stderr).toBe(0);
  return stdout;
}

/** Writes the file that a guide has, and the lines that it adds to a registry. */
function follow(page: string): void {
  const { place, code } = blocks.find((block) => block.page === page && block.place !== null)!;
  writeFileSync(join(clone, place!), code);
  const text = readFileSync(join(projectRoot, 'docs', `${page}.md`), 'utf8');
  const [, line, entry, registry] = /`(import \{[^`]*;)` and `([^`]*,)` to `(src\/[^`]*)`/.exec(text) ?? [];
  const file = join(clone, registry);
  const before = readFileSync(file, 'utf8');
  const after = `${line}\n${before}`.replace(/^(export const \w+ = \{)$/m, `$1\n  ${entry}`);
  expect(after).toContain(`{\n  ${entry}`);
  writeFileSync(file, after);
}

/** Sixty records of their own, with a column of text; the data set's guide has the study that reads them. */
const table = ['age,home,ill'].concat(
  Array.from(
    { length: 60 },
    (_, i) => `${20 + ((i * 7) % 50)},${i % 2 ? 'city' : 'village'},${i % 3 ? 'no' : 'yes'}`,
  ),
);
const [, guided] = /^```json\n([^]*?)^```$/m.exec(
  readFileSync(join(projectRoot, 'docs', 'add-a-data-set.md'), 'utf8'),
)!;
const input = {
  ...(JSON.parse(guided) as object),
  methods: [{ loss: 'ccl-cubic', alpha: 0.5 }, { defense: 'two-decimals' }],
  attacks: ['loss', 'log-margin'],
  seeds: [1, 2],
  ...{ hidden: [8], epochs: 1, milestones: [], batchSize: 8 },
};

it(
  'an own loss, attack and defense are one file and a line each, own data a line; a changed formula is trained anew',
  { timeout: 900_000 },
  () => {
    for (const page of ['add-a-loss', 'add-an-attack', 'add-a-defense']) follow(page);
    writeFileSync(join(clone, 'mine.json'), JSON.stringify(input));
    writeFileSync(join(clone, 'patients.csv'), table.join('\n'));
    const plan = (): { blocks: object; changed: object; data: object } =>
      JSON.parse(ccl(clone, 'study', 'plan', 'mine.json', '--out', 'out', '--json', '--no-measure')) as never;
    expect(plan()).toMatchObject({ blocks: { all: 8, missing: 8 }, changed: [] });
    expect(plan().data).toMatchObject({
      ...{ name: 'patients', records: 60 },
      file: { label: 'ill', classNames: ['no', 'yes'], scaling: 'standard', scaledColumns: 1 },
    });
    ccl(clone, 'study', 'run', 'mine.json', '--out', 'out');
    expect(plan()).toMatchObject({ blocks: { all: 8, missing: 0 }, changed: [] });
    const file = join(clone, 'src', 'losses', 'ccl-cubic.ts');
    const formula = readFileSync(file, 'utf8');
    writeFileSync(file, formula.replace('p.pow(3)', 'p.pow(4)'));
    expect(plan()).toMatchObject({
      blocks: { all: 8, missing: 4 },
      changed: [{ defense: 'ccl-cubic', blocks: 4 }],
    });
    writeFileSync(file, formula);
    expect(plan()).toMatchObject({ blocks: { missing: 0 } });
    // Another value in the table is another study.
    writeFileSync(join(clone, 'patients.csv'), table.join('\n').replace('20,village', '21,village'));
    expect(plan()).toMatchObject({ blocks: { all: 8, missing: 8 }, changed: [] });
  },
);

it('the code of the guides runs as a program, wherever it lies', { timeout: 600_000 }, () => {
  mkdirSync(join(clone, 'mine'));
  for (const page of ['add-a-loss', 'add-an-attack']) {
    const { code } = blocks.find((block) => block.page === page && block.kind === 'runnable')!;
    writeFileSync(join(clone, 'mine', `${page}.ts`), code);
    const said = ccl(projectRoot, 'run', join('mine', `${page}.ts`))
      .trim()
      .split('\n');
    const wanted = [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, text]) => text);
    expect(said).toEqual(wanted);
  }
});
