import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readJson, sha256, trace, workFolder, writeAtomic } from './files.mjs';
import { say } from './messages.mjs';

// A plain `npm pack` runs no `prepack` here, since .npmrc switches the scripts of packages off. So dist/, which the
// package is made of, is kept up to date by the commands that set the project up. Nothing in the clone uses it.

const stamp = (root) => path.join(workFolder(root), 'package-bundle.json');
const program = (root) => path.join(root, 'src', 'platform', 'cli', 'bundle.mjs');

/** Makes dist/ anew if a source changed. A failure is only told: nothing but the package needs it. */
export function keepPackageBundle(root) {
  if (!existsSync(program(root)) || !existsSync(path.join(root, 'node_modules', 'esbuild'))) return;
  const now = inputs(root);
  const output = trace(path.join(root, 'dist', 'ccl.cjs'));
  const known = readJson(stamp(root));
  if (output !== null && known?.inputs === now && known.output === output) return;
  const { status, stderr } = spawnSync(process.execPath, [program(root)], { encoding: 'utf8' });
  if (status !== 0) {
    say(`The package for \`npm pack\` could not be made (nothing else needs it): ${stderr.trim()}`);
    return;
  }
  const made = trace(path.join(root, 'dist', 'ccl.cjs'));
  writeAtomic(stamp(root), `${JSON.stringify({ inputs: now, output: made })}\n`);
}

/** Sizes and times of all sources and of what is installed. */
function inputs(root) {
  const sources = path.join(root, 'src');
  const files = readdirSync(sources, { recursive: true }).filter((name) => /\.(ts|mjs)$/.test(name));
  const installed = ['package.json', 'package-lock.json'].map((name) => trace(path.join(root, name)));
  return sha256(
    JSON.stringify([installed, files.sort().map((name) => [name, trace(path.join(sources, name))])]),
  );
}
