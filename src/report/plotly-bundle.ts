import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { writeFileWhole } from '../platform/formats/write-file';
import { isPacked, projectRoot } from '../paths';

const load = createRequire(__filename);

interface EsbuildModule {
  transform(source: string, options: object): Promise<{ readonly code: string }>;
}

let inMemory: Promise<string> | undefined;
let zipped: Promise<Buffer> | undefined;

/** `plotlyBundle` gzipped, 1.4 MB instead of 4.8: browsers unpack it in a tenth of a second. */
export function zippedPlotly(): Promise<Buffer> {
  zipped ??= plotlyBundle().then((code) => promisify(gzip)(code, { level: 9 }));
  zipped.catch(() => {
    zipped = undefined;
  });
  return zipped;
}

/**
 * plotly.js as one minified script that may stand inside `<script>` (no `</script`, ASCII only), with the licenses of
 * its parts at the end. Made once, then kept in node_modules/.cache; minifying takes about two seconds.
 */
export function plotlyBundle(): Promise<string> {
  inMemory ??= bundle();
  // A failure (disk full, say) must not stick to the process.
  inMemory.catch(() => {
    inMemory = undefined;
  });
  return inMemory;
}

async function bundle(): Promise<string> {
  // The package has neither plotly.js nor esbuild, but what came out of them (src/platform/cli/bundle.mjs).
  if (isPacked) return readFileSync(join(projectRoot, 'dist', 'plotly.min.js'), 'utf8');
  const plotly = load('plotly.js-dist/package.json') as { version: string };
  const esbuild = load('esbuild/package.json') as { version: string };
  const folder = join(projectRoot, 'node_modules', '.cache', 'ccl-lab');
  const path = join(folder, `plotly-${plotly.version}-esbuild-${esbuild.version}.min.js`);
  try {
    return readFileSync(path, 'utf8');
  } catch {
    const code = await minify(plotly.version);
    keep(path, code);
    return code;
  }
}

async function minify(version: string): Promise<string> {
  const source = readFileSync(load.resolve('plotly.js-dist'), 'utf8');
  const { transform } = load('esbuild') as EsbuildModule;
  const options = { minify: true, legalComments: 'eof', target: 'es2019', charset: 'ascii' };
  const { code } = await transform(source, options);
  if (/<\/script|<!--/i.test(code))
    throw new Error('the minified plotly.js cannot stand inside a script element');
  return `/*! plotly.js v${version}, copyright Plotly, Inc., MIT license */\n${code}`;
}

function keep(path: string, code: string): void {
  try {
    writeFileWhole(path, code);
  } catch {
    // A read-only installation works too; it minifies again next time.
  }
}
