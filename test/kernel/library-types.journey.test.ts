import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { converterHooks } from '../../src/platform/kernel/cell-compiler-options';
import { createConverter } from '../../src/platform/kernel/tslab-parts';

describe('the library in a cell', () => {
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
