import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loss } from '../../src/losses/registry';
import { projectRoot } from '../../src/paths';
import { markedBlocks, printed } from '../docs/blocks';
import { growthThreshold } from '../../src/theory/variance-growth';

// What a person gets who installs the tarball: no clone, no network, no Python, no compiler, no TensorFlow.

let folder: string;
let tarball: string;
const npm = (args: readonly string[], cwd: string) =>
  spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' },
  });

/** The installed command, with a PATH that has Node.js and nothing else. */
function packed(...args: readonly string[]): {
  status: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
} {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'node_modules', '.bin', 'ccl'), ...args],
    { cwd: folder, encoding: 'utf8', env: { PATH: join(folder, 'no-such-folder'), HOME: folder } },
  );
  return { status, stdout, stderr, seconds: (performance.now() - start) / 1000 };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-packed-'));
  const pack = npm(['pack', '--ignore-scripts=false', '--json', '--pack-destination', folder], projectRoot);
  expect(pack.status, pack.stderr).toBe(0);
  tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  );
  writeFileSync(join(folder, 'package.json'), '{"name": "empty", "version": "1.0.0", "private": true}');
  const install = npm(['install', tarball], folder);
  expect(install.status, install.stderr).toBe(0);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package of npm pack', () => {
  it('brings no other package and is small', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'ccl-lab',
    ]);
    expect(statSync(tarball).size).toBeLessThan(4e6);
  });

  it('runs without Python, compiler, TensorFlow and network, and starts in under a second', () => {
    const losses = packed('losses');
    expect(losses.stderr).toBe('');
    expect(losses.status).toBe(0);
    expect(losses.stdout).toContain('ccel');
    const times = [losses.seconds, ...[1, 2].map(() => packed('--help').seconds)];
    expect(Math.min(...times)).toBeLessThan(1);
    expect(packed('--version').stdout.trim()).toBe(
      (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }).version,
    );
  });

  it('audits a file and writes the report', () => {
    const file = join(projectRoot, 'data', 'audit', 'digits.npz');
    const audit = packed('audit', file, '--attacks', 'loss,rmia-online', '--report', 'audit.html');
    expect(audit.stderr).toContain('audit.html');
    expect(audit.status).toBe(0);
    expect(audit.stdout).toContain('rmia-online/gamma-1');
    expect(readFileSync(join(folder, 'audit.html'), 'utf8')).toContain('ROC of the strongest attacks');
    expect(packed('audit', '--help').seconds).toBeLessThan(3);
  });

  it('plans shadow models and hands out the exporter', () => {
    const plan = packed('shadows', 'plan', '--n', '50', '--models', '4', '--out', 'masks.npz');
    expect(plan.stderr).toBe('');
    expect(plan.stdout).toContain('each record in 2 of them');
    expect(packed('shadows', 'exporter').status).toBe(0);
    expect(readFileSync(join(folder, 'ccl_export.py'), 'utf8')).toContain('def export_torch(');
  });

  it('says where the commands are that it does not have', () => {
    const start = packed('start', '--study', 'tiny');
    expect(start.status).toBe(2);
    expect(start.stderr).toMatch(/`ccl start` trains networks, which this package cannot/);
  });

  it('carries the licenses of what is bundled, the page and the exporter', () => {
    const root = join(folder, 'node_modules', 'ccl-lab');
    const licenses = readFileSync(join(root, 'dist', 'licenses.txt'), 'utf8');
    for (const name of ['commander', 'zod', 'cli-table3']) expect(licenses).toContain(`\n${name} `);
    expect(statSync(join(root, 'docs', 'audit-a-pytorch-model.md')).size).toBeGreaterThan(1000);
    expect(statSync(join(root, 'src', 'signals', 'python', 'ccl_export.py')).size).toBeGreaterThan(1000);
  });
});

// With plain TypeScript: no types of Node, no TensorFlow.js, no other package.
const run = (command: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  return { status, said: stdout + stderr };
};
const node = (...args: readonly string[]) => run(process.execPath, ...args);
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

const program = `
const members = Uint8Array.of(1, 1, 0, 0);
const logits = Float32Array.of(4, 0, 0, 5, 1, 0, 1, 0);
const target = { n: 4, classes: 2, labels: Int32Array.of(0, 1, 0, 1), logits, members };
const scores: Float64Array = attack('loss').score(target);
const area: metrics.Interval = metrics.auc(scores, members);
console.log(loss('ccel', { alpha: 0.5 }).name, area.estimate, theory.growthThreshold((alpha) => loss('ccel', { alpha })).toFixed(4));
`;
const threshold = growthThreshold((alpha) => loss('ccel', { alpha })).toFixed(4);
const imports = "import { attack, loss, metrics, theory } from 'ccl-lab';";
const wrong = "\nimport { loss as other } from 'ccl-lab';\nother('ccel', { alfa: 0.5 });\n";

describe('the library of npm pack', { timeout: 240_000 }, () => {
  beforeAll(() => {
    const options = { target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: false, types: [] };
    write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['*.mts', '*.cts'] }));
  });

  it('compiles and runs as ES module and as CommonJS', () => {
    for (const name of ['module.mts', 'common.cts']) write(name, imports + program);
    const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    expect(node(tsc)).toEqual({ status: 0, said: '' });
    for (const name of ['module.mjs', 'common.cjs']) {
      expect(node(name)).toEqual({ status: 0, said: `ccel 1 ${threshold}\n` });
    }
    // The types of options are there: a wrong one is seen.
    write('module.mts', imports + program + wrong);
    expect(node(tsc).said).toContain("'alfa' does not exist");
    rmSync(join(folder, 'module.mts'));
  });

  it('is one library, however it is loaded', () => {
    write(
      'both.mjs',
      "import * as a from 'ccl-lab';\nimport { createRequire } from 'node:module';\n" +
        "const b = createRequire(import.meta.url)('ccl-lab');\nconsole.log(Object.keys(b).every((name) => a[name] === b[name]), 'train' in a);\n",
    );
    expect(node('both.mjs').said).toBe('true true\n');
  });

  it('says in one sentence what a training needs', () => {
    write(
      'training.mjs',
      "import { openBackend } from 'ccl-lab';\nawait openBackend().catch((error) => console.log(error.name, error.message));\n",
    );
    expect(node('training.mjs').said).toBe(
      'UserError Training needs packages that are not installed. Run `npm install @tensorflow/tfjs @tensorflow/tfjs-backend-wasm`.\n',
    );
  });

  it('has a half for browsers: nothing of Node, below 150 kB', async () => {
    mkdirSync(join(folder, 'page'));
    write('page/main.mjs', "import * as library from 'ccl-lab';\nglobalThis.library = library;\n");
    const { outputFiles, metafile } = await build({
      ...{
        absWorkingDir: folder,
        entryPoints: ['page/main.mjs'],
        bundle: true,
        write: false,
        minify: true,
        metafile: true,
      },
      ...{ platform: 'browser', format: 'esm', logLevel: 'silent' },
    });
    const [{ contents, text }] = outputFiles;
    expect(Object.values(metafile.outputs).flatMap((output) => output.imports)).toEqual([]);
    expect(/["']node:|\brequire\(["']/.exec(text)).toBeNull();
    expect(gzipSync(contents, { level: 9 }).length).toBeLessThan(150_000);
    write(
      'page/bundle.mjs',
      `${text}\nconst { attack, audit, losses, metrics, theory, train } = globalThis.library;\n` +
        "console.log(typeof attack, typeof audit, typeof metrics.auc, losses.lossNames.includes('ccel'), typeof theory.flow, train);\n",
    );
    expect(node('page/bundle.mjs').said).toBe('function function function true function undefined\n');
  });

  it(
    'runs the programs of the guides as they stand, in a module folder with tsx',
    { timeout: 600_000 },
    () => {
      const project = join(folder, 'own');
      mkdirSync(join(project, 'node_modules'), { recursive: true });
      writeFileSync(join(project, 'package.json'), '{"name": "own", "private": true, "type": "module"}');
      symlinkSync(join(folder, 'node_modules', 'ccl-lab'), join(project, 'node_modules', 'ccl-lab'));
      // What a person installs for training; the package finds it from where it really lies.
      symlinkSync(
        join(projectRoot, 'node_modules', '@tensorflow'),
        join(folder, 'node_modules', '@tensorflow'),
      );
      const tsx = join(projectRoot, 'node_modules', 'tsx', 'dist', 'cli.mjs');
      for (const page of ['add-a-loss', 'add-an-attack', 'add-a-defense', 'add-a-data-set']) {
        const { code } = markedBlocks().find((block) => block.page === page && block.kind === 'runnable')!;
        writeFileSync(join(project, `${page}.ts`), code);
        const run = spawnSync(process.execPath, [tsx, `${page}.ts`], { cwd: project, encoding: 'utf8' });
        expect(run.status, `${page}: ${run.stderr}`).toBe(0);
        expect(run.stdout.trim().split('\n'), page).toEqual(printed(code));
      }
      rmSync(join(folder, 'node_modules', '@tensorflow'));
    },
  );
});
