/**
 * The public surface of ccl-lab: what notebooks and programs import from 'ccl-lab'. What one starts with stands at the
 * top, everything else in a namespace of its subject; types stand in the namespaces too (`data.Dataset`).
 * Loading it starts no backend; TensorFlow.js is loaded by the first call that computes with it.
 *
 * @module ccl-lab
 */
export * from './pure';
export { Interrupted } from './errors';

export { dataset } from './data/registry';
export { userDataset } from './data/user-dataset';
export { split, splitQuarters } from './data/split';
export { openBackend } from './platform/backend/backend';
export { model } from './models/registry';
export { defense } from './defenses/registry';
export { recipe } from './training/recipe';
export { train } from './training/train';
export { readSignals } from './signals/read-signals';
export { study } from './experiments/study';
export { studies } from './studies/registry';
export { runStudy } from './experiments/run-study';
export { committedStudy } from './studies/committed-study';
export { openStore } from './experiments/store/store';
export { query } from './experiments/store/query';
export { frame } from './experiments/data-frame';
export { plotly, show } from './platform/live/display';
export { live } from './platform/live/live';
export { liveTraining } from './platform/progress/live-training';

/** Parts, masks, canaries, augmentation, own records. */
export * as data from './surface/data';
/** Networks: names, arrays, files. */
export * as models from './surface/models';
/** Names and descriptions of defenses, and what an own defense needs. */
export * as defenses from './surface/defenses';
/** What a training with noise spends of differential privacy. */
export * as privacy from './surface/privacy';
/** Own methods of training, checkpoints, many models at once. */
export * as training from './surface/training';
/** Signals in memory and in files; here instead of those of the pure half alone. */
export * as signals from './surface/signals-files';
/** Results of studies: selection, tables, comparison of runs. */
export * as experiments from './surface/experiments';
/** The store of trained models: listing, checks, export, cleaning. */
export * as store from './surface/store';
/** Figures and tables, from results and from plain data. */
export * as figures from './surface/figures';
/** Results in words: notes, verdicts, intervals. */
export * as words from './surface/words';
/** Reports, each one HTML file. */
export * as reports from './surface/reports';
/** Markdown, HTML, SVG and pictures as outputs of a cell. */
export * as display from './platform/live/display';
/** Sliders, lists and buttons of a live cell. */
export * as controls from './surface/controls';
/** What notebooks say to the answers of their exercises. */
export * as exercises from './surface/exercises';
/** Arrays and tables of other programs: npy, npz, CSV, Parquet. */
export * as files from './surface/files';
