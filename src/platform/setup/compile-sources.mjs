// node compile-sources.mjs: makes .setup/compiled anew, for src/run-source.cjs.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const load = createRequire(import.meta.url);
const { traceOf, kept, root } = load('../../run-source.cjs');

/** How many compiled files stay: programs that still run look up places in theirs when they tell of an error. */
const keptFiles = 5;

/** Packages that the sources need at their start and that are JavaScript alone. All others stay where they are installed. */
const bundled = [
  /^@stdlib\//,
  /^(cli-progress|cli-table3|commander|csv-parse|dopri|fft\.js|tar-stream|yaml|yauzl|yazl|zod)(\/|$)/,
];

/** What decides beside the sources how they are compiled. */
const others = [
  'package.json',
  'tsconfig.json',
  path.join('node_modules', '.package-lock.json'),
  path.join('src', 'run-source.cjs'),
  path.join('src', 'platform', 'setup', 'compile-sources.mjs'),
];

/** What a source knows of its place would otherwise be the compiled file's. */
const ownPlace = {
  name: 'own-place',
  setup(build) {
    build.onLoad({ filter: /\.(ts|mjs)$/ }, ({ path: file }) => {
      if (file.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
      const text = readFileSync(file, 'utf8').replace(
        /\bimport\.meta\.url\b/g,
        JSON.stringify(pathToFileURL(file).href),
      );
      const folder = `const __dirname = ${JSON.stringify(path.dirname(file))};`;
      return { contents: (/\b__dirname\b/.test(text) ? folder : '') + text, loader: 'ts' };
    });
    build.onResolve({ filter: /^[^./]/ }, ({ path: name, importer }) => {
      const isOurs = !importer.includes(`${path.sep}node_modules${path.sep}`);
      return isOurs && !bundled.some((known) => known.test(name))
        ? { path: name, external: true }
        : undefined;
    });
  },
};

async function main() {
  const names = sources();
  const before = traces(names);
  const name = `${Date.now().toString(36)}-${randomBytes(4).toString('hex')}.cjs`;
  const entries = names.map((file) => `'${file}': () => require('./${file}')`);
  const { metafile, outputFiles } = await load('esbuild').build({
    absWorkingDir: root,
    stdin: { contents: `module.exports = { ${entries.join()} };`, resolveDir: root },
    outfile: path.join(kept, name),
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.12',
    minifySyntax: true,
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [ownPlace],
  });
  const files = Object.keys(metafile.inputs).filter((file) => file !== '<stdin>');
  // A file that comes may be found instead of another, so the folders count as well. Of a source that was changed
  // meanwhile the older state is written down, so that the next start sees the change.
  const folders = new Set(
    files.map((file) => path.dirname(file)).filter((folder) => folder.startsWith('src')),
  );
  const inputs = traces([...files, ...folders, ...others]);
  for (const file of files) inputs[file] = before[file] ?? inputs[file];
  mkdirSync(kept, { recursive: true });
  for (const { path: file, contents } of outputFiles) writeFileSync(file, contents);
  const temporary = path.join(kept, `${name}.json`);
  writeFileSync(temporary, JSON.stringify({ file: name, place: root, inputs }));
  renameSync(temporary, path.join(kept, 'current.json'));
  removeOld(name);
}

const traces = (files) => Object.fromEntries(files.map((file) => [file, traceOf(file)]));

const sources = () =>
  readdirSync(path.join(root, 'src'), { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => path.join('src', name));

/** Compiled files have the time of their making first in their names. */
function removeOld(newest) {
  const names = readdirSync(kept).filter((name) => name.endsWith('.cjs') && name < newest);
  for (const name of names.sort().slice(0, -keptFiles)) {
    for (const end of ['', '.map', '.json']) rmSync(path.join(kept, name + end), { force: true });
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
