import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attacksDocument, describeAttacks, leftOutAttacks } from '../../src/attacks/describe';
import { auditAttacks, attackNames } from '../../src/attacks/registry';
import { projectRoot } from '../../src/paths';

const text = readFileSync(join(projectRoot, 'docs', 'attacks.md'), 'utf8');

describe('docs/attacks.md', () => {
  it('is what the registry gives; if not: npx ccl attacks --markdown > docs/attacks.md', () => {
    expect(text).toBe(attacksDocument());
  });

  it('has a section for every attack and names every form that an audit runs', () => {
    for (const name of attackNames) expect(text).toContain(`\n## ${name}\n`);
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
    expect(knn.options).toContainEqual({
      name: 'k',
      values: 'whole number',
      byDefault: '25',
      meaning: 'number of neighbors; all known records if they are fewer',
      source: expect.stringContaining('TensorFlow Privacy') as string,
    });
    expect(knn.options.find(({ name }) => name === 'fittedOn')).toMatchObject({
      values: '"shadow models" | "target"',
      byDefault: '"shadow models"',
    });
    const boundary = describeAttacks().find(({ name }) => name === 'boundary')!;
    expect(boundary.options.find(({ name }) => name === 'query')).toMatchObject({ values: 'from code only' });
  });

  it('has meaning and source of every option of every attack', () => {
    for (const { name, options } of describeAttacks()) {
      for (const { name: option, meaning, source } of options) {
        expect(meaning.length, `${name} ${option}`).toBeGreaterThan(8);
        expect(source.length, `${name} ${option}`).toBeGreaterThan(2);
        expect(text).toContain(`  - \`${option}\` (`);
      }
    }
  });
});
