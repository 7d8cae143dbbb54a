/**
 * The half of ccl-lab that only computes on typed arrays: no Node, no TensorFlow.js, so that it also runs in a browser.
 * Where a bundler builds for browsers, this is what `import … from 'ccl-lab'` gives.
 *
 * @module ccl-lab/pure
 */
export { UserError } from './errors';
export { randomStream } from './platform/math/random';
export { loss } from './losses/registry';
export { attack } from './attacks/registry';
export { evaluateAttack } from './attacks/evaluate-attack';
export { selfCheck } from './attacks/self-check';
export { audit } from './audit/audit-signals';

/** What can be said of a loss without training, and what an own loss needs. */
export * as losses from './surface/losses';
/** Statements that need no training, one function each, with its assumptions. */
export * as theory from './surface/theory';
/** Outputs, labels and membership as typed arrays, and what follows from them. */
export * as signals from './surface/signals';
/** Names and combinations of attacks, and what an own attack needs. */
export * as attacks from './surface/attacks';
/** ROC, intervals, tests, bounds of epsilon. */
export * as metrics from './surface/metrics';
/** Gates that decide on an audit. */
export * as audits from './surface/audits';
