// Imports point one way (docs/design.md, "The structure"): a folder may import only what stands in its row.
const workshop = ['backend', 'cli', 'formats', 'kernel', 'live', 'math', 'progress', 'setup'];
const mayImport = {
  math: [],
  formats: [],
  losses: ['math'],
  theory: ['losses', 'math'],
  metrics: ['math'],
  signals: ['formats', 'metrics', 'math'],
  attacks: ['signals', 'metrics', 'math'],
  audit: ['attacks', 'signals', 'formats', 'metrics', 'math'],
  data: ['formats', 'math'],
  backend: ['math'],
  models: ['backend', 'formats', 'losses', 'math'],
  training: ['models', 'backend', 'formats', 'losses', 'data', 'signals', 'metrics', 'math'],
  defenses: ['training', 'models', 'backend', 'formats', 'losses', 'data', 'signals', 'metrics', 'math'],
  experiments: [
    'audit',
    'progress',
    'defenses',
    'training',
    'models',
    'backend',
    'formats',
    'losses',
    'data',
    'attacks',
    'signals',
    'metrics',
    'math',
  ],
  studies: ['experiments', 'models', 'defenses', 'losses', 'data', 'formats', 'math'],
  figures: ['experiments', 'audit', 'attacks', 'signals', 'metrics', 'theory', 'losses', 'formats', 'math'],
  exercises: ['studies', 'experiments', 'defenses', 'signals', 'metrics', 'theory', 'losses', 'math'],
  progress: ['training', 'math'],
  live: ['report', 'figures', 'progress', 'formats', 'training', 'math'],
  report: ['figures', 'formats', 'experiments', 'audit', 'attacks', 'signals', 'metrics', 'losses', 'math'],
  setup: ['kernel'],
  kernel: ['formats', 'live'],
};
// The command `ccl` opens everything: it runs notebooks, and looks at the version of Node.js as the set-up does.
const science = Object.keys(mayImport).filter((folder) => folder !== 'setup' && folder !== 'kernel');
mayImport.cli = [...science, 'kernel', 'setup'];
// What one imports from 'ccl-lab': names of all folders, and no code.
mayImport.surface = science;
const doors = ['cli', 'kernel', 'setup'];
const where = (folder) => (workshop.includes(folder) ? `platform/${folder}` : folder);
const root =
  '^src/((paths|errors|options|running-cell|wording|glossary|provenance|source-place)\\.ts|run-source\\.cjs)$';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'only-backend-imports-tensorflow',
      severity: 'error',
      from: { pathNot: '^src/platform/(backend|setup)/' },
      to: { path: '@tensorflow/' },
    },
    ...Object.entries(mayImport).map(([folder, allowed]) => ({
      name: `${folder}-imports-one-way`,
      severity: 'error',
      from: { path: `^src/${where(folder)}/` },
      to: {
        path: '^src/',
        dependencyTypesNot: ['type-only'],
        pathNot: [`^src/(${[folder, ...allowed].map(where).join('|')})/`, root],
      },
    })),
    {
      name: 'nobody-imports-a-door',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/platform/(${doors.join('|')})/` },
      to: { path: `^src/platform/(${doors.join('|')})/`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-the-surface',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(index\\.ts$|pure\\.ts$|surface/)' },
      to: { path: '^src/(index\\.ts$|pure\\.ts$|surface/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
