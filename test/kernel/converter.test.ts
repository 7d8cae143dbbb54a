import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { expectedTslabVersion, patchConverter } from '../../src/platform/kernel/patch-converter';

const tslabConverter = createRequire(__filename).resolve('tslab/dist/converter.js');

describe('the changes to tslab’s converter', () => {
  const text = readFileSync(tslabConverter, 'utf8');

  it('fit the installed version', () => {
    expect(patchConverter(text, expectedTslabVersion)).toContain('exports.cclHooks.compilerOptions');
  });

  it('are refused for another version or another text, with the remedy', () => {
    expect(() => patchConverter(text, '1.0.23')).toThrow(/made for tslab 1\.0\.22, but 1\.0\.23.*npm ci/);
    expect(() => patchConverter(text.replace('"custom.js"', '"other.js"'), expectedTslabVersion)).toThrow(
      /0 times instead of once/,
    );
    expect(() => patchConverter(text + text, expectedTslabVersion)).toThrow(/2 times instead of once/);
  });
});
