import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { program } from '../../src/platform/cli/program';
import { projectRoot } from '../../src/paths';

it('docs/cli.md has a line for every command, and every command shows an example or tells its options', () => {
  const page = readFileSync(join(projectRoot, 'docs', 'cli.md'), 'utf8');
  for (const command of program().commands) {
    expect(page, command.name()).toMatch(new RegExp(`^\\| .*\\b${command.name()}\\b`, 'm'));
    expect(command.description()).not.toBe('');
  }
});
