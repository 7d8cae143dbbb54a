import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attacksDocument } from '../../src/attacks/attacks-document';
import { describeAttacks, leftOutAttacks } from '../../src/attacks/describe-attacks';
import { auditAttacks, setAttackNames } from '../../src/attacks/set-registry';
import { projectRoot } from '../../src/paths';

const text = readFileSync(join(projectRoot, 'docs', 'attacks.md'), 'utf8');

describe('docs/attacks.md', () => {
  it('is what the registry gives; if not: npx ccl attacks --markdown > docs/attacks.md', () => {
    expect(text).toBe(attacksDocument());
  });

  it('has a section for every attack and names every form that an audit runs', () => {
    for (const name of setAttackNames) expect(text).toContain(`\n## ${name}\n`);
    for (const { name } of auditAttacks()) expect(text).toContain(`\`${name}\``);
    const named = describeAttacks().flatMap(({ audited }) => audited);
    expect([...named].sort()).toEqual(
      auditAttacks()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('says what is left out, each with a reason', () => {
    expect(Object.keys(leftOutAttacks)).toEqual(['YOQO', 'OSLO', 'range MIA', 'data-set usage inference']);
    Object.keys(leftOutAttacks).forEach((name) =>
      expect(text).toMatch(new RegExp(`\\*\\*${name}\\*\\*\\. \\w`)),
    );
  });

  it('lists options with their values and defaults', () => {
    const knn = describeAttacks().find(({ name }) => name === 'knn')!;
    expect(knn.options).toContainEqual({ name: 'k', values: 'whole number', byDefault: '25' });
    expect(knn.options).toContainEqual({
      name: 'fittedOn',
      values: '"shadow models" | "target"',
      byDefault: '"shadow models"',
    });
    const boundary = describeAttacks().find(({ name }) => name === 'boundary')!;
    expect(boundary.options).toContainEqual({ name: 'query', values: 'from code only' });
  });
});
