// Makes the library that `npm pack` puts into the package: index for Node (CommonJS, and ES modules of the same
// instance), pure for browsers, and declarations that need no other package. Called by bundle.mjs.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const shared = {
  bundle: true,
  write: false,
  metafile: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'silent',
};

/**
 * @param {string} root  the clone
 * @param {typeof import('esbuild')} esbuild
 * @param {{ external: string[], writeWhole: (name: string, content: string | Uint8Array) => void }} target
 * @returns {Promise<import('esbuild').Metafile[]>} what went in
 */
export async function writeLibrary(root, esbuild, { external, writeWhole }) {
  const index = await esbuild.build({
    ...shared,
    absWorkingDir: root,
    entryPoints: ['src/index.ts'],
    outfile: 'dist/index.cjs',
    platform: 'node',
    format: 'cjs',
    target: 'node20.12',
    external,
  });
  writeWhole('index.cjs', index.outputFiles[0].contents);
  const pure = await esbuild.build({
    ...shared,
    absWorkingDir: root,
    entryPoints: ['src/pure.ts'],
    outfile: 'dist/pure.mjs',
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    minify: true,
    plugins: [silent],
  });
  writeWhole('pure.mjs', pure.outputFiles[0].contents);
  const names = Object.keys(createRequire(import.meta.url)(path.join(root, 'dist', 'index.cjs'))).sort();
  writeWhole(
    'index.mjs',
    `import library from './index.cjs';\nexport const { ${names.join(', ')} } = library;\n`,
  );
  writeTypes(root);
  for (const name of ['index', 'pure']) writeWhole(`${name}.d.mts`, `export * from './types/${name}.js';\n`);
  return [index.metafile, pure.metafile];
}

/** Two functions of @stdlib report their steps by the package debug, which nobody sees in a browser. */
const silent = {
  name: 'silent',
  setup(build) {
    build.onResolve({ filter: /^debug$/ }, () => ({ path: 'debug', namespace: 'silent' }));
    build.onLoad({ filter: /.*/, namespace: 'silent' }, () => ({
      contents: 'module.exports = () => () => {};',
    }));
  },
};

/** Declarations of index.ts and pure.ts and of what these name, in dist/types; those of zod come along. */
function writeTypes(root) {
  const load = createRequire(import.meta.url);
  const made = declarations(load('typescript'), root);
  const folder = path.join(root, 'dist', 'types');
  const temporary = `${folder}.${process.pid}.tmp`;
  try {
    for (const name of named(made)) {
      const file = path.join(temporary, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(
        file,
        standingAlone(made.get(name), path.posix.relative(path.posix.dirname(name), 'zod')),
      );
    }
    const zod = path.join(path.dirname(load.resolve('zod/package.json')), 'v3');
    for (const file of readdirSync(zod, { recursive: true }).filter((name) => name.endsWith('.d.cts'))) {
      cpSync(path.join(zod, file), path.join(temporary, 'zod', file));
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** All declarations by name in src. What did not change since the last time is taken from there (.setup/types). */
function declarations(ts, root) {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const kept = path.join(root, '.setup', 'types');
  const program = ts.createIncrementalProgram({
    rootNames: ['index.ts', 'pure.ts'].map((name) => path.join(root, 'src', name)),
    options: {
      ...options,
      ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, stripInternal: true },
      ...{ rootDir: path.join(root, 'src'), outDir: kept },
      ...{ incremental: true, tsBuildInfoFile: path.join(kept, 'build.json') },
    },
  });
  program.emit();
  const files = readdirSync(kept, { recursive: true }).filter((name) => name.endsWith('.d.ts'));
  return new Map(
    files.map((name) => [name.split(path.sep).join('/'), readFileSync(path.join(kept, name), 'utf8')]),
  );
}

const reference = /(?:from |import\()(["'])([^"']+)\1/g;

/** The declarations that index and pure reach. */
function named(made) {
  const reached = new Set();
  const waiting = ['index.d.ts', 'pure.d.ts'];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name) || !made.has(name)) continue;
    reached.add(name);
    for (const [, , target] of made.get(name).matchAll(reference)) {
      if (target.startsWith('.')) waiting.push(`${path.posix.join(path.posix.dirname(name), target)}.d.ts`);
    }
  }
  return reached;
}

/** A declaration whose zod is ours and that is no error where an optional package is missing: it means `any` then. */
function standingAlone(text, zod) {
  const own = zod.startsWith('.') ? zod : `./${zod}`;
  const needsOther = (line) =>
    /\b(Buffer|NodeJS)\b/.test(line) ||
    [...line.matchAll(reference)].some(([, , target]) => !target.startsWith('.'));
  return text
    .replace(/^\/\/\/ <reference types="node" \/>\n/gm, '')
    .replace(/(from |import\()(["'])zod\2/g, `$1$2${own}/index.cjs$2`)
    .split('\n')
    .map((line) => (needsOther(line) ? `// @ts-ignore\n${line}` : line))
    .join('\n');
}
