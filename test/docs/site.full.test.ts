import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

// About half a minute alone on a core.
it('npm run docs: every page, every public function, no broken link', { timeout: 600_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), 'site-'));
  try {
    const typedoc = join(projectRoot, 'node_modules', 'typedoc', 'bin', 'typedoc');
    const made = spawnSync(process.execPath, [typedoc, '--out', out], { cwd: projectRoot, encoding: 'utf8' });
    expect(made.status, made.stdout + made.stderr).toBe(0);
    expect(made.stdout + made.stderr).not.toMatch(/relative path .* does not exist|failed to resolve/i);
    const pages = readdirSync(join(projectRoot, 'docs')).filter((name) => name.endsWith('.md'));
    const documents = readdirSync(join(out, 'documents'));
    expect(documents.length).toBe(pages.length);
    // By their headings, not by their files.
    expect(documents).toContain('The_command_ccl.html');
    expect(readFileSync(join(out, 'assets', 'custom.css'), 'utf8')).toContain('white-space: pre');
    const functions = readdirSync(join(out, 'functions'));
    for (const name of ['loss', 'runStudy', 'audit', 'train', 'theory.matchedMean'])
      expect(functions).toContain(`ccl-lab.${name}.html`);
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('membership inference');
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
