// Imports point one way (docs/design.md, "The house"): a folder may import only what stands in its row.
const mayImport = {
  errors: [],
  math: ['errors'],
  formats: ['errors'],
  losses: ['math', 'errors'],
  theory: ['losses', 'math', 'errors'],
  metrics: ['math', 'errors'],
  signals: ['formats', 'metrics', 'math', 'errors'],
  attacks: ['signals', 'metrics', 'math', 'errors'],
  audit: ['attacks', 'signals', 'formats', 'metrics', 'math', 'errors'],
  data: ['formats', 'math', 'errors'],
  backend: ['math', 'errors'],
  models: ['backend', 'formats', 'losses', 'math', 'errors'],
  training: ['models', 'backend', 'formats', 'losses', 'data', 'signals', 'metrics', 'math', 'errors'],
  defenses: [
    'training',
    'models',
    'backend',
    'formats',
    'losses',
    'data',
    'signals',
    'metrics',
    'math',
    'errors',
  ],
  experiments: [
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
    'errors',
  ],
  studies: ['experiments', 'models', 'defenses', 'losses', 'data', 'math', 'errors'],
  figures: ['experiments', 'audit', 'attacks', 'signals', 'metrics', 'theory', 'losses', 'math', 'errors'],
  report: ['figures', 'formats', 'experiments', 'audit', 'attacks', 'signals', 'metrics', 'losses', 'math', 'errors'],
};
const root = '^src/(index|paths|errors|options|running-cell)\\.ts$';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'only-backend-imports-tensorflow',
      severity: 'error',
      from: { pathNot: '^src/(backend|setup)/' },
      to: { path: '@tensorflow/' },
    },
    ...Object.entries(mayImport).map(([folder, allowed]) => ({
      name: `${folder}-imports-one-way`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: {
        path: '^src/',
        dependencyTypesNot: ['type-only'],
        pathNot: [`^src/(${[folder, ...allowed].join('|')})/`, root],
      },
    })),
    {
      name: 'nobody-imports-the-surface',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(kernel|cli)/' },
      to: { path: '^src/index\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
