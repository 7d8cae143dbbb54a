import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { converterHooks } from '../../src/platform/kernel/cell-compiler-options';
import { expectedTslabVersion, patchConverter } from '../../src/platform/kernel/patch-converter';
import { createConverter } from '../../src/platform/kernel/tslab-parts';
import { projectRoot } from '../../src/paths';

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

describe.skipIf(!existsSync(path.join(projectRoot, 'src/index.ts')))('the library in a cell', () => {
  it('has no problem in the eyes of tslab’s own TypeScript, and its names are known', () => {
    // As strict as for the user's own code, which the kernel itself does not ask of the library.
    const hooks = converterHooks({ projectRoot, workingDirectory: process.cwd(), checkLibrary: true });
    const converter = createConverter(hooks);
    try {
      // Nothing of the library, and of the cell only that the library lacks a name.
      const found = converter.convert('', "import * as ccl from 'ccl-lab';\nccl.noSuchName;");
      expect(found.diagnostics.map((d) => `${d.fileName}:${d.start.line + 1} TS${d.code}`)).toEqual([
        'undefined:2 TS2339',
      ]);
    } finally {
      converter.close();
    }
  });
});
