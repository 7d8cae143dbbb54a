import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { python } from './session';

const folder = path.join(projectRoot, 'src/platform/kernel/papermill');

// papermill itself is not among the packages of the set-up; its Translator has the few methods that are used here.
const translatorOf = `
import sys, types
class Translator:
    @classmethod
    def translate_str(cls, val):
        import json
        return json.dumps(val)
    @classmethod
    def translate(cls, val):
        if val is None: return cls.translate_none(val)
        if isinstance(val, bool): return cls.translate_bool(val)
        if isinstance(val, str): return cls.translate_str(val)
        if isinstance(val, float): return cls.translate_float(val)
        if isinstance(val, dict): return cls.translate_dict(val)
        if isinstance(val, list): return cls.translate_list(val)
        return str(val)
try:
    import papermill
except ImportError:
    known = {}
    holder = types.SimpleNamespace(register=known.__setitem__)
    parts = {'papermill': {}, 'papermill.engines': {'NBClientEngine': object}, 'papermill.translators': {'Translator': Translator, 'papermill_translators': holder}}
    for name, members in parts.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)
sys.path.insert(0, sys.argv[1])
from ccl_papermill import TypeScriptTranslator as T
values = {'alpha': 0.5, 'n': 3, 'on': True, 'none': None, 'name': 'a "b"', 'list': [1, 'x', False], 'dict': {'k': [float('nan'), float('-inf')]}}
for name, value in values.items():
    print(T.assign(name, T.translate(value)))
print(T.comment('Parameters'))
`;

describe.skipIf(!python)('parameters of papermill', () => {
  it('are written in TypeScript', () => {
    const ran = spawnSync(python!, ['-c', translatorOf, folder], { encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    expect(ran.stdout.trim().split('\n')).toEqual([
      'const alpha = 0.5;',
      'const n = 3;',
      'const on = true;',
      'const none = null;',
      'const name = "a \\"b\\"";',
      'const list = [1, "x", false];',
      'const dict = { "k": [NaN, -Infinity] };',
      '// Parameters',
    ]);
  });

  it.skipIf(!existsSync(path.join(projectRoot, '.venv')))('are found by papermill in .venv', () => {
    const listed = spawnSync(
      path.join(projectRoot, '.venv/bin/python'),
      [
        '-c',
        "from importlib.metadata import entry_points as e; print(e(group='papermill.engine')['ccl'].value)",
      ],
      { encoding: 'utf8' },
    );
    expect(listed.stdout.trim()).toBe('ccl_papermill:Engine');
    expect(readFileSync(path.join(folder, 'pyproject.toml'), 'utf8')).toContain(listed.stdout.trim());
    const overrides = path.join(projectRoot, '.venv/share/jupyter/lab/settings/overrides.json');
    expect(JSON.parse(readFileSync(overrides, 'utf8'))).toEqual({
      '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' },
    });
  });
});
