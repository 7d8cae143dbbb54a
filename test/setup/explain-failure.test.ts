import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { load } from './load';

describe('explanations of failed tools', () => {
  it.each([
    ['npm error code ENOSPC\nnpm error nospc', 'disk-full'],
    ['OSError: [Errno 28] No space left on device', 'disk-full'],
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', 'broken-download'],
    ['zipfile.BadZipFile: File is not a zip file', 'broken-download'],
    ['npm error code EINTEGRITY', 'broken-download'],
    ['npm error code ENOTFOUND', 'network'],
    [
      'Failed to establish a new connection: [Errno 111] Connection refused\nERROR: No matching distribution found for x',
      'network',
    ],
    ['ERROR: No matching distribution found for tensorflow-cpu==2.21.0', 'no-wheel'],
    [
      'npm error code EUSAGE\n`npm ci` can only install packages when your package.json and package-lock.json are in sync',
      'lock-file',
    ],
    ['EACCES: permission denied, mkdir', 'permission'],
  ])('%j', async (output, kind) => {
    const { explainFailure } = await load('messages.mjs');
    const answer = explainFailure(output);
    expect(answer.kind).toBe(kind);
    expect(answer.remedy.length).toBeGreaterThan(20);
  });

  it('asks for room before a step that needs it, with what is needed, what is free and where', async () => {
    const { requireSpace } = await load('messages.mjs');
    expect(() => requireSpace(tmpdir(), 'Installing failed.', 1)).not.toThrow();
    expect(() => requireSpace(tmpdir(), 'Installing failed.', 1e18)).toThrow(
      /Installing failed\.\n.*the disk is full: this takes at least 1000000000000 MB, and \d+ MB are free in .*\n.*free some space/,
    );
  });

  it('shows the last lines of what it does not know', async () => {
    const { explainFailure } = await load('messages.mjs');
    const output = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n');
    expect(explainFailure(output).why).toContain('line 19');
    expect(explainFailure(output).why).not.toContain('line 5');
  });
});
