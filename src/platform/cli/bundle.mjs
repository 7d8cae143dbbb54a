// Makes dist/, what `npm pack` puts into the package: the library (bundle-library.mjs), the commands without training as
// one file with everything they need, the script of figures, and the licenses of what went in. Run by `prepack` and by
// the set-up.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLibrary } from './bundle-library.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const dist = path.join(root, 'dist');

/** Too heavy for the bundle, or bound to a machine: only where they are installed, and only on demand. */
const onDemand = [
  '@duckdb/node-api',
  '@node-rs/crc32',
  '@tensorflow/*',
  '@resvg/resvg-js',
  'danfojs-node',
  'esbuild',
  'jsdom',
  'playwright-core',
  'plotly.js-dist',
  'sharp',
  'tslab',
  'typescript',
];

async function main() {
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  if (Object.keys(dependencies).length > 0) {
    throw new Error(
      `package.json has dependencies (${Object.keys(dependencies).join(', ')}), but whoever installs the package ` +
        'would need a network for them. The bundle holds what it needs: move them to devDependencies.',
    );
  }
  const load = createRequire(import.meta.url);
  if (!existsSync(path.join(root, 'node_modules', 'esbuild'))) {
    throw new Error('The npm packages are not installed yet: run `npm run setup` first.');
  }
  const esbuild = load('esbuild');
  const { metafile, outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/platform/cli/packed.ts'],
    outfile: 'dist/ccl.cjs',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.12',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    external: onDemand,
    logLevel: 'silent',
  });
  refuseEagerImports(metafile);
  mkdirSync(dist, { recursive: true });
  writeWhole('ccl.cjs', outputFiles[0].contents);
  const { parquet, inputs } = await parquetReader(esbuild);
  writeWhole('parquet-worker.mjs', parquet);
  const library = await writeLibrary(root, esbuild, { external: onDemand, writeWhole });
  const all = [metafile.inputs, inputs, ...library.map((each) => each.inputs)];
  writeWhole('licenses.txt', licenses({ inputs: Object.assign({}, ...all) }));
  await writePlotly(esbuild, load);
}

/** The thread that reads Parquet files starts from a file of its own. */
async function parquetReader(esbuild) {
  const { metafile, outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/platform/formats/parquet-worker.mjs'],
    outfile: 'dist/parquet-worker.mjs',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.12',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  return { parquet: outputFiles[0].contents, inputs: metafile.inputs };
}

/** A package of `onDemand` that a file imports at once would be missed at the start of every command. */
function refuseEagerImports({ inputs }) {
  for (const [file, { imports }] of Object.entries(inputs)) {
    const eager = imports.find(
      ({ external, kind, path: name }) =>
        external && kind === 'import-statement' && !name.startsWith('node:') && isOnDemand(name),
    );
    if (eager === undefined) continue;
    throw new Error(
      `${file} imports ${eager.path} at once, and a command of src/platform/cli/pure-commands.ts reaches that file. ` +
        'Load it on demand (await import, or createRequire), or keep the command out of the package.',
    );
  }
}

const isOnDemand = (name) =>
  onDemand.some((known) => (known.endsWith('/*') ? name.startsWith(known.slice(0, -1)) : name === known));

/** The license texts of all packages whose code is in the bundle. */
function licenses({ inputs }) {
  const folders = new Set(
    Object.keys(inputs)
      .map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
      .filter((folder) => folder !== undefined),
  );
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
    );
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE']
      .map((known) => path.join(root, folder, known))
      .find((known) => existsSync(known));
    const text = file === undefined ? `License: ${license}` : readFileSync(file, 'utf8').trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  return `Parts of dist come from these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** The script of interactive figures, as src/report/plotly-bundle.ts makes it. Seldom changes, so it is kept. */
async function writePlotly(esbuild, load) {
  const { version } = load('plotly.js-dist/package.json');
  const head = `/*! plotly.js v${version}, copyright Plotly, Inc., MIT license */\n`;
  const file = path.join(dist, 'plotly.min.js');
  if (existsSync(file) && readFileSync(file, 'utf8').startsWith(head)) return;
  const source = readFileSync(load.resolve('plotly.js-dist'), 'utf8');
  const options = { minify: true, legalComments: 'eof', target: 'es2019', charset: 'ascii' };
  const { code } = await esbuild.transform(source, options);
  if (/<\/script|<!--/i.test(code)) {
    throw new Error('the minified plotly.js cannot stand inside a script element');
  }
  writeWhole('plotly.min.js', head + code);
}

function writeWhole(name, content) {
  const file = path.join(dist, name);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

main().catch((error) => {
  console.error(`bundle: ${error.message}`);
  process.exitCode = 1;
});
