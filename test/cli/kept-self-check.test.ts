import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attacks/registry';
import { selfCheck } from '../../src/attacks/self-check';
import { projectRoot } from '../../src/paths';
import { keptSelfCheck, selfCheckSources } from '../../src/platform/cli/audit-command';

const folder = join(projectRoot, '.setup', 'self-checks');
const files = (): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** A file and all that it imports of the project. */
function closure(start: string): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, from] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\b(?! type\b)[^;]*?from '(\.[^']*)'/gm,
    ))
      visit(join(dirname(file), `${from}.ts`));
  };
  visit(start);
  return seen;
}

describe('the kept self-check', () => {
  it('is that of the attacks, and is read the second time', () => {
    const attacks = [attack('loss'), attack('confidence')];
    const fresh = selfCheck({ attacks });
    expect(keptSelfCheck(attacks)).toEqual(fresh);
    const before = files();
    expect(keptSelfCheck(attacks)).toEqual(fresh);
    expect(files()).toEqual(before);
  });

  it('never answers for a damaged file', () => {
    const attacks = [attack('entropy')];
    const before = files();
    const fresh = keptSelfCheck(attacks);
    const own = files().filter((name) => !before.includes(name))[0] ?? null;
    if (own !== null) writeFileSync(join(folder, own), '{"passed": tru');
    expect(keptSelfCheck(attacks)).toEqual(fresh);
  });

  it('depends on every source that a self-check runs through', () => {
    const known = new Set(selfCheckSources());
    const needed = [...closure(join(projectRoot, 'src', 'attacks', 'registry.ts'))].concat([
      ...closure(join(projectRoot, 'src', 'attacks', 'self-check.ts')),
    ]);
    expect(needed.length).toBeGreaterThan(60);
    expect(needed.filter((file) => !known.has(file))).toEqual([]);
  });
});
