import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attack } from '../../attacks/attack';
import { selfCheck, type SelfCheckResult } from '../../attacks/self-check';
import { isPacked, projectRoot } from '../../paths';
import { writeFileWhole } from '../formats/write-file';

/** Sources that the self-check runs through: what it may import (.dependency-cruiser.cjs), and nothing that reads files. */
const folders = ['attacks', 'metrics', 'signals', 'platform/math'];

/**
 * The self-check of the audit's attacks. It depends on nothing that is audited, but on the attacks, the code and the machine
 * alone, so its answer is kept under a checksum of these: any change of a source, of a package, of Node.js or of the list of
 * attacks runs it anew. Only checks that passed are kept.
 *
 * @param attacks of the registry, whose code is in the project
 */
export function keptSelfCheck(attacks: readonly Attack[]): SelfCheckResult {
  const folder = join(projectRoot, isPacked ? 'dist' : '.setup', 'self-checks');
  const file = join(folder, `${checksum(attacks)}.json`);
  const found = read(file);
  if (found !== null) return found;
  const result = selfCheck({ attacks });
  if (result.passed) keep(folder, file, result);
  return result;
}

function checksum(attacks: readonly Attack[]): string {
  const hash = createHash('sha256');
  const { version, arch, platform } = process;
  hash.update(JSON.stringify([version, arch, platform, attacks.map(({ name, options }) => [name, options])]));
  for (const file of isPacked ? [join(projectRoot, 'dist', 'ccl.cjs')] : selfCheckSources()) {
    hash.update(`\n${file.slice(projectRoot.length)}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** The files, absolute, that a self-check depends on in a clone. */
export function selfCheckSources(): string[] {
  const below = folders.flatMap((folder) =>
    readdirSync(join(projectRoot, 'src', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => join(projectRoot, 'src', folder, name)),
  );
  const own = readdirSync(join(projectRoot, 'src')).filter((name) => name.endsWith('.ts'));
  return [
    join(projectRoot, 'package-lock.json'),
    ...own.map((name) => join(projectRoot, 'src', name)),
    ...below,
  ];
}

function read(file: string): SelfCheckResult | null {
  if (!existsSync(file)) return null;
  try {
    const result = JSON.parse(readFileSync(file, 'utf8')) as SelfCheckResult;
    return result.passed && Array.isArray(result.items) ? result : null;
  } catch {
    return null;
  }
}

/** A folder that cannot be written keeps nothing: the next audit checks again. */
function keep(folder: string, file: string, result: SelfCheckResult): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileWhole(file, `${JSON.stringify(result)}\n`);
  } catch {
    // Kept nowhere.
  }
}
