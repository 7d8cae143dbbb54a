// Imports point one way (docs/design.md, "The house"): a folder may import only what stands in its row.
const mayImport = {
  errors: [],
  math: ['errors'],
  losses: ['math', 'errors'],
  theory: ['losses', 'math', 'errors'],
  metrics: ['math', 'errors'],
  signals: ['metrics', 'math', 'errors'],
  attacks: ['signals', 'metrics', 'math', 'errors'],
  data: ['math', 'errors'],
  backend: ['math', 'errors'],
  models: ['backend', 'losses', 'math', 'errors'],
  training: ['models', 'backend', 'losses', 'data', 'signals', 'metrics', 'math', 'errors'],
  defenses: ['training', 'models', 'backend', 'losses', 'data', 'signals', 'metrics', 'math', 'errors'],
  experiments: [
    'defenses',
    'training',
    'models',
    'backend',
    'losses',
    'data',
    'attacks',
    'signals',
    'metrics',
    'math',
    'errors',
  ],
  studies: ['experiments', 'losses', 'data', 'math', 'errors'],
  figures: ['experiments', 'attacks', 'signals', 'metrics', 'theory', 'losses', 'math', 'errors'],
  report: ['figures', 'experiments', 'attacks', 'signals', 'metrics', 'losses', 'math', 'errors'],
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
