import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loss } from '../../src/losses/registry';
import { projectRoot } from '../../src/paths';
import { growthThreshold } from '../../src/theory/variance-growth';

// The library as somebody has it who installed the tarball in an empty folder with plain TypeScript: no types of Node,
// no TensorFlow.js, no other package.

let folder: string;
const run = (command: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  return { status, said: stdout + stderr };
};
const node = (...args: readonly string[]) => run(process.execPath, ...args);
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const env = {
  ...process.env,
  npm_config_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
};

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

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-library-'));
  const pack = spawnSync('npm', ['pack', '--ignore-scripts=false', '--json', '--pack-destination', folder], {
    ...{ cwd: projectRoot, encoding: 'utf8', env },
  });
  expect(pack.status, pack.stderr).toBe(0);
  write('package.json', '{"name": "empty", "version": "1.0.0", "private": true}');
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  const install = spawnSync('npm', ['install', `ccl-lab-${version}.tgz`], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  expect(install.status, install.stderr).toBe(0);
  const options = { target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: false, types: [] };
  write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['*.mts', '*.cts'] }));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the library of npm pack', { timeout: 240_000 }, () => {
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
});
