import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { studySchema } from '../../src/experiments/study';
import { projectRoot } from '../../src/paths';
import { recipeSchema } from '../../src/training/recipe';

const page = readFileSync(join(projectRoot, 'docs', 'studies.md'), 'utf8');
const rows = page
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, field]) => /^`\w+`$/.test(field ?? ''))
  .map(([, field, value]) => [field.slice(1, -1), value] as const);

it('docs/studies.md has every field of a study and no other, with the default of the schema', () => {
  const settings = Object.keys(recipeSchema.shape);
  const fields = Object.keys(studySchema.shape).filter((field) => !settings.includes(field));
  expect(rows.map(([field]) => field).sort()).toEqual(fields.sort());
  const filled = studySchema.parse({ name: 'x', methods: [{ loss: 'ce' }] }) as Record<string, unknown>;
  const named = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(named)
      : typeof value === 'object' && value !== null && 'name' in value
        ? value.name
        : value;
  for (const [field, told] of rows) {
    const value = filled[field];
    if (field === 'name' || field === 'methods') expect(told).toBe('required');
    else if (value !== undefined) expect(told).toBe(JSON.stringify(named(value)));
  }
});

it('the smallest study of the page is one', () => {
  const text = /```json\n([\s\S]*?)```/.exec(page)![1];
  expect(studySchema.safeParse(JSON.parse(text)).success).toBe(true);
});
