import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readParquet } from '../../src/platform/formats/parquet';
import type { Made } from '../../src/experiments/made';
import type { StudyResult } from '../../src/experiments/study-result';
import { thisProgram } from '../../src/provenance';
import { cclSoon } from './ccl';
import { cclHere } from './here';

const folder = mkdtempSync(join(tmpdir(), 'ccl study '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const out = join(folder, 'out');
const file = join(folder, 'grid.yaml');
const result = join(folder, 'result.json');

let planned: Awaited<ReturnType<typeof cclSoon>>;
let run: Awaited<ReturnType<typeof cclSoon>>;
beforeAll(async () => {
  writeFileSync(
    file,
    [
      'name: grid',
      'hidden: [32]',
      'methods: [{loss: ce}, {loss: ccel, alpha: [0.3, 0.5]}]',
      'seeds: [1, 2]',
      'epochs: 4',
      'milestones: [3]',
      'attacks: [loss, {name: lira, online: false}]',
    ].join('\n'),
  );
  planned = await cclSoon('study', 'plan', file, '--out', out, '--json');
  run = await cclSoon('study', 'run', file, '--out', out, '--json', result);
}, 200_000);

interface PlanJson {
  readonly runs: number;
  readonly blocks: { readonly all: number; readonly missing: number; readonly reused: number };
  readonly seconds: { readonly estimate: number; readonly low: number; readonly high: number };
  readonly bytes: number;
  readonly kinds: readonly { readonly blocks: number }[];
  readonly made: Made;
}

describe('ccl study plan', () => {
  it('tells runs, blocks, time with a range, and disk, before anything is trained', () => {
    expect(planned.status, planned.stderr).toBe(0);
    const { runs, blocks, seconds, bytes, kinds } = JSON.parse(planned.stdout) as PlanJson;
    expect([runs, blocks]).toEqual([6, { all: 12, missing: 12, reused: 0 }]);
    expect(seconds.low).toBeGreaterThan(0);
    expect(seconds.low).toBeLessThanOrEqual(seconds.estimate);
    expect(seconds.estimate).toBeLessThanOrEqual(seconds.high);
    // Both losses cost alike within themselves, whatever alpha is.
    expect(kinds.map((kind) => kind.blocks)).toEqual([4, 8]);
    const { stdout } = spawnSync('du', ['-sb', join(out, 'store', 'blocks')], { encoding: 'utf8' });
    const real = Number(stdout.split('\t')[0]);
    expect(bytes).toBeGreaterThan(0.7 * real);
    expect(bytes).toBeLessThan(1.4 * real);
  });

  it('says program, study and its hash, the same as the result', () => {
    const { made } = JSON.parse(planned.stdout) as PlanJson;
    expect(made).toEqual((JSON.parse(readFileSync(result, 'utf8')) as StudyResult).made);
    expect(made.program).toEqual(thisProgram());
    expect(made.study).toMatchObject({ name: 'grid' });
  });

  it('says as text what is reused', async () => {
    const { stdout } = await cclHere('study', 'plan', file, '--out', out);
    expect(stdout).toMatch(
      /grid on location30: 3 defenses x 2 seeds = 6 runs, a target with 1 shadow model each/,
    );
    expect(stdout).toMatch(/12 blocks of 12 models: 12 reused, 0 to train \(0 models\)\nNothing to train\./);
  });
});

describe('ccl study run', () => {
  it('keeps the result in a file, and trains nothing that the file has', async () => {
    const kept = join(folder, 'kept.json');
    const first = await cclHere('study', 'run', file, '--out', out, '--keep', kept);
    expect(first.status, first.stderr).toBe(0);
    const { defenses, blocks } = JSON.parse(readFileSync(kept, 'utf8')) as StudyResult;
    expect(defenses.map(({ runs }) => runs.length)).toEqual([2, 2, 2]);
    expect(blocks).toEqual({ trained: 0, reused: 12 });
    const again = await cclHere('study', 'run', file, '--out', join(folder, 'empty'), '--keep', kept);
    expect(again.stdout).toBe(first.stdout);
  });

  it('prints table and counts on stdout, progress on stderr, without colors', () => {
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/Blocks trained: 12, reused: 0/);
    expect(run.stdout).toMatch(/Of ccel, the shadow models point to CCEL \(alpha 0\.\d\) \(largest P1/);
    expect(run.stderr).toMatch(/\[12\/12\] .*: 4 epochs, loss \d/);
    expect(run.stdout + run.stderr).not.toContain('\u001b');
    const { defenses, blocks } = JSON.parse(readFileSync(result, 'utf8')) as StudyResult;
    expect(blocks).toEqual({ trained: 12, reused: 0 });
    expect(defenses[0].runs[0].attacks.map(({ name }) => name)).toEqual([
      'loss',
      'lira-offline/per-example-median',
    ]);
  });

  it('gives the same numbers in this process, and as JSON on stdout nothing but the result', async () => {
    const again = await cclHere(
      'study',
      'run',
      file,
      '--out',
      join(folder, 'local'),
      '--executor',
      'local',
      '--json',
    );
    expect(again.status, again.stderr).toBe(0);
    const local = JSON.parse(again.stdout) as StudyResult;
    expect(local.defenses).toEqual((JSON.parse(readFileSync(result, 'utf8')) as StudyResult).defenses);
  });

  it.each<[string[], RegExp]>([
    [['study', 'run', 'nowhere.yaml'], /There is no file nowhere.yaml/],
    [['study', 'run', file, '--executor', 'poole'], /Allowed choices are local, pool, ray/],
    [
      ['study', 'export', 'tiny', '--out', join(folder, 'empty')],
      /8 of 8 blocks of tiny are not in the store/,
    ],
    [['compare', 'zz', 'aa', '--store', join(out, 'store')], /must be the id of a block/],
  ])('refuses %j with status 2 and a remedy', async (args, message) => {
    const { status, stderr } = await cclHere(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/at .*\.ts:/);
  });
});

describe('ccl study status, diff, export and ccl compare', () => {
  it('tells finished blocks from missing ones', async () => {
    const { stdout } = await cclHere('study', 'status', file, '--out', out, '--json');
    const { counts } = JSON.parse(stdout) as { counts: Record<string, number> };
    expect(counts).toEqual({ done: 12, running: 0, stopped: 0, failed: 0, missing: 0, 'not needed': 0 });
  });

  it('keeps the log of a block that failed, until it is trained', async () => {
    const diverging = join(folder, 'diverging.json');
    writeFileSync(
      diverging,
      JSON.stringify({
        name: 'd',
        hidden: [32],
        epochs: 2,
        learningRate: 1e12,
        seeds: [1],
        methods: [{ loss: 'ce' }],
      }),
    );
    const failed = await cclHere('study', 'run', diverging, '--out', out);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/2 blocks could not be trained/);
    const { stdout } = await cclHere('study', 'status', diverging, '--out', out);
    expect(stdout).toMatch(
      /d: 2 blocks, 2 failed\n {2}failed +[0-9a-f]{8} {2}CE, seed 1, target: Training diverged/,
    );
    const log = /log: (.*)/.exec(stdout)![1];
    expect(readFileSync(log, 'utf8')).toMatch(/TrainingDiverged/);
  });

  it('says what two studies do differently and which blocks they share', async () => {
    const { stdout } = await cclHere('study', 'diff', file, 'tiny', '--json');
    const diff = JSON.parse(stdout) as {
      differences: { path: string }[];
      defenses: unknown;
      blocks: unknown;
    };
    expect(diff.differences.map(({ path }) => path)).toEqual(['attacks', 'name']);
    expect(diff.defenses).toEqual({ onlyA: ['ccel alpha=0.3'], onlyB: [] });
    expect(diff.blocks).toEqual({ a: 12, b: 8, shared: 8 });
  });

  it('exports the same numbers as CSV and Parquet', async () => {
    const to = join(folder, 'export');
    for (const format of ['csv', 'parquet']) {
      const { status } = await cclHere('study', 'export', file, '--out', out, '--format', format, '--to', to);
      expect(status).toBe(0);
    }
    const [head, ...rows] = readFileSync(join(to, 'grid-runs.csv'), 'utf8').trimEnd().split('\r\n');
    expect(rows.length).toBe(6);
    const { defenses } = JSON.parse(readFileSync(result, 'utf8')) as StudyResult;
    const column = head.split(',').indexOf('p1');
    expect(Number(rows[0].split(',').at(column - head.split(',').length))).toBe(defenses[0].runs[0].p1);
    const table = await readParquet(join(to, 'grid-attacks.parquet'));
    expect([table.rows, table.names.includes('auc_low')]).toEqual([12, true]);
  });

  it('compares two runs record by record, and refuses runs with other records', async () => {
    const { defenses } = JSON.parse(readFileSync(result, 'utf8')) as StudyResult;
    const [ce, ccel] = defenses.map(({ runs }) => runs[0]);
    const store = join(out, 'store');
    const { stdout } = await cclHere('compare', ce.block, ccel.block, '--store', store, '--json');
    const { differences, settings } = JSON.parse(stdout) as {
      differences: {
        name: string;
        values: number[];
        difference: { estimate: number; low: number; high: number };
      }[];
      settings: { path: string }[];
    };
    expect(settings.map(({ path }) => path)).toEqual(['defense.name', 'defense.options.alpha']);
    expect(differences[1].values).toEqual([ce.testAccuracy, ccel.testAccuracy]);
    for (const { values, difference } of differences) {
      expect(difference.estimate).toBeCloseTo(values[0] - values[1], 10);
      expect(difference.low).toBeLessThan(difference.high);
    }
    const other = await cclHere('compare', ce.block, defenses[0].runs[1].block, '--store', store);
    expect([other.status, other.stderr]).toEqual([2, expect.stringMatching(/other members or non-members/)]);
  });
});

describe('ccl study report', () => {
  it('writes the page from the store, training nothing', async () => {
    const stored = await cclHere('study', 'report', file, '--out', out);
    expect(stored.status, stored.stderr).toBe(0);
    const page = join(out, 'reports', 'grid.html');
    expect(stored.stdout).toBe(`Report: ${page}\n`);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('Parameters that the shadow models chose');
    const quoted = `&#39;${file}&#39;`;
    expect(html).toContain(`npx ccl study plan ${quoted}</code>`);
    expect(html).toContain(`npx ccl study report ${quoted} --out &#39;${out}&#39;</code>`);
    expect(html).toContain('0 trained, 12 reused');
    expect(Buffer.byteLength(html)).toBeLessThan(8_000_000);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'plan.json',
      { schema: 'ccl-lab/study-plan/1' },
      /plan\.json.* is neither a study .* nor the result of one/,
    ],
    ['list.json', [1], /is neither a study/],
    ['cut.json', { schema: 'ccl-lab/study-result/2', defenses: [] }, /cut\.json is not a whole result/],
  ])('refuses %s with status 2', async (name, content, message) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    const { status, stderr } = await cclHere('study', 'report', join(folder, name));
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('says what is missing as ccl study export does', async () => {
    const { status, stderr } = await cclHere('study', 'report', 'tiny', '--out', join(folder, 'empty'));
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /8 of 8 blocks of tiny are not in the store\. Train them first: npx ccl study run tiny/,
      ),
    ]);
  });

  it('is what ccl study run --report writes too, with the same figures from the file of the result', async () => {
    // One method and seed of the same blocks: few figures to draw.
    const less = join(folder, 'less.yaml');
    writeFileSync(
      less,
      readFileSync(file, 'utf8')
        .replace('name: grid', 'name: less')
        .replace(/methods: .*/, 'methods: [{loss: ce}]')
        .replace(/seeds: .*/, 'seeds: [1]'),
    );
    const kept = join(folder, 'less.json');
    const ran = await cclHere('study', 'run', less, '--out', out, '--report', '--json', kept);
    expect(ran.status, ran.stderr).toBe(0);
    const page = join(out, 'reports', 'less.html');
    expect(ran.stdout.trimEnd().split('\n').at(-1)).toBe(`Report: ${page}`);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('0 trained, 2 reused');
    const to = join(folder, 'from-file.html');
    const read = await cclHere('study', 'report', kept, '--to', to, '--json');
    expect(read.status, read.stderr).toBe(0);
    const { file: written, bytes, study } = JSON.parse(read.stdout) as Record<string, unknown>;
    expect([written, study]).toEqual([to, 'less']);
    const pictures = (text: string): string[] => text.match(/data:image\/webp[^"]*/g) ?? [];
    const other = readFileSync(to, 'utf8');
    expect(Buffer.byteLength(other)).toBe(bytes);
    expect(pictures(html).length).toBeGreaterThan(3);
    expect(pictures(other)).toEqual(pictures(html));
  });
});

describe('ccl completion', () => {
  it('completes commands, subcommands and options in bash', async () => {
    const script = join(folder, 'ccl.bash');
    writeFileSync(script, (await cclHere('completion', 'bash')).stdout);
    const complete = (...words: string[]): string => {
      const typed = words.map((word) => `'${word}'`).join(' ');
      const ask = `source "${script}"; COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _ccl; echo "\${COMPREPLY[*]}"`;
      return spawnSync('bash', ['-c', ask], { encoding: 'utf8' }).stdout.trim();
    };
    expect(complete('ccl', 'stu')).toBe('study');
    expect(complete('ccl', 'study', 'sta')).toBe('status');
    expect(complete('ccl', 'study', 'run', 'x.yaml', '--ex')).toBe('--executor');
    expect((await cclHere('completion', 'zsh')).stdout).toMatch(/^#compdef ccl/);
    expect((await cclHere('completion', 'fish')).stdout).toMatch(
      /complete -c ccl -n '__fish_use_subcommand' -a study/,
    );
  });
});
