/**
 * Results of studies: selection, tables, comparison of runs, kept outputs.
 *
 * @module experiments
 */
export { ensembleOutputs, type EnsembleOutputs } from '../experiments/ensemble-outputs';
export type { RunStudyOptions } from '../experiments/run-study';
export { BlocksFailed, type FailedBlock } from '../experiments/executors/executor';
export { compareRuns, type RunComparison, type RunDifference } from '../experiments/compare-runs';
export type { ExecutorChoice, ExecutorName } from '../experiments/executors/open-executor';
export type { StudyAttack } from '../experiments/study-attacks';
export { readStudyResult } from '../experiments/study-result';
export { selectOnShadows } from '../experiments/compare';
export { pivot, type Frame, type FrameRows, type PivotColumns } from '../experiments/data-frame';
export { resultTables, type ResultTable } from '../experiments/study-tables';
export type { MethodSpec, StudyDefense } from '../experiments/study-defenses';
export type { Study, StudyInput } from '../experiments/study';
export type {
  Candidate,
  Comparison,
  DefenseResult,
  RunResult,
  Selection,
  SelectionRule,
  ShadowNumbers,
  StudyAttackResult,
  StudyResult,
  StudySettings,
} from '../experiments/study-result';
export type { StudyName } from '../studies/registry';
export { committedStore } from '../studies/committed-study';
