import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

const docs = join(projectRoot, 'docs');
const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));

it('docs/README.md has a line for each document', () => {
  const index = readFileSync(join(docs, 'README.md'), 'utf8');
  for (const name of pages.filter((page) => page !== 'README.md')) {
    expect(
      index.match(new RegExp(`^- \\[${name.replace('.', '\\.')}\\]\\(${name}\\): .+`, 'gm')),
      name,
    ).toHaveLength(1);
  }
});

it.each(['README.md', 'CONTRIBUTING.md', ...pages.map((name) => `docs/${name}`)])(
  '%s links to files that are there',
  (page) => {
    const text = readFileSync(join(projectRoot, page), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      expect(existsSync(join(projectRoot, dirname(page), target)), target).toBe(true);
    }
  },
);
