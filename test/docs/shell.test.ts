import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { program } from '../../src/platform/cli/program';
import { pages, shellBlocks, textOf } from './blocks';

const folder = mkdtempSync(join(tmpdir(), 'docs-shell-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The words of a line of a shell, without its comment and where its output goes. */
function words(line: string): string[] {
  const found =
    line
      .replace(/(^|\s)#.*$/, '')
      .replace(/ > \S+$/, '')
      .match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  return found.map((word) => word.replace(/^["']|["']$/g, ''));
}

/** Whether words only name a command, as a text does that speaks of it. */
function isName(args: readonly string[]): boolean {
  const found = args.reduce<Command | undefined>(
    (at, word) => at?.commands.find((command) => command.name() === word),
    program(),
  );
  return found !== undefined;
}

/** What the command line says against a command; it runs nothing. */
function complaint(args: readonly string[]): string | null {
  const ccl = program();
  let hasRun = false;
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    if (command.commands.length === 0) command.action(() => void (hasRun = true));
    command.commands.forEach(silence);
  };
  silence(ccl);
  try {
    ccl.parse(args, { from: 'user' });
    return hasRun ? null : 'ran nothing';
  } catch (error) {
    return (error as { code?: string }).code === 'commander.helpDisplayed' ? null : (error as Error).message;
  }
}

describe('commands in the documents', () => {
  const blocks = shellBlocks();
  const lines = blocks
    .filter(({ kind }) => kind !== 'shown')
    .flatMap(({ page, code }) => code.split('\n').map((line) => [page, words(line)] as const))
    .filter(([, [first, second]]) => first === 'npx' && second === 'ccl');
  const spans = pages.flatMap((page) =>
    [...textOf(page).matchAll(/(?<!`)`npx ccl ([^`…]+)`/g)]
      // Where a word stands for something, the command line cannot know it.
      .filter(([, text]) => !/\b[A-Z]{4,}\b/.test(text))
      .map(([, text]) => [page, ['npx', 'ccl', ...words(text)]] as const),
  );

  it('are taken by the command line: each command, argument and option', () => {
    expect(lines.length).toBeGreaterThan(15);
    const asked = [...lines, ...spans.filter(([, [, , ...args]]) => !isName(args))];
    const wrong = asked.flatMap(([page, [, , ...args]]) => {
      const why = complaint(args);
      return why === null ? [] : [`${page}: ccl ${args.join(' ')}: ${why}`];
    });
    expect(wrong).toEqual([]);
    expect(complaint(['study', 'plann', 'x.json'])).toMatch(/unknown command/);
    expect(complaint(['study', 'plan', 'x.json', '--wrkers', '2'])).toMatch(/unknown option/);
    expect(complaint(['study', 'plan'])).toMatch(/missing required argument/);
  });

  it.each(blocks.filter(({ kind }) => kind === 'runnable').map((block) => [block.page, block.code] as const))(
    '%s: a block runs',
    { timeout: 300_000 },
    async (_page, code) => {
      const work = mkdtempSync(join(folder, 'run-'));
      const command = join(projectRoot, 'src', 'platform', 'cli', 'ccl.cjs');
      const npx = `npx() { shift; '${process.execPath}' '${command}' "$@"; }`;
      await promisify(execFile)('bash', ['-e', '-c', `${npx}\n${code}`], { cwd: work });
    },
  );
});
