/**
 * The public surface of ccl-lab: what notebooks and programs import from 'ccl-lab'.
 * Loading it starts no backend; TensorFlow.js is loaded by the first call that computes with it.
 *
 * @module ccl-lab
 */
export { Interrupted, UserError } from './errors';

export {
  randomStream,
  type Purpose,
  type RandomStream,
  type Role,
  type StreamKey,
} from './platform/math/random';

export { describe, equilibriumConfidences, type LossFacts } from './losses/describe';
export type { BatchLoss, LogitsLoss, Loss, ProbabilityLoss, TrueClass } from './losses/loss';
export { lossOnLogits, type LabeledLogits, type Reduction } from './losses/on-logits';
export { probabilityLoss, trueClassAtLogit, trueClassOf, type LossForms } from './losses/probability-loss';
export {
  loss,
  lossFromData,
  lossNames,
  losses,
  type LossName,
  type LossOf,
  type LossOptions,
  type ProbabilityLossName,
} from './losses/registry';

export {
  cantelliAdvantage,
  gaussianAdvantage,
  gaussianAuc,
  necessaryVariance,
  sampleTotalVariation,
  thresholdAdvantage,
  totalVariationBound,
  varianceCounterexample,
  type VarianceCounterexample,
} from './theory/advantage-bounds';
export type { Confidence } from './theory/confidence';
export { convexOrder, stopLossTransform, type ConvexOrder } from './theory/convex-order';
export { decisionMap, type DecisionMap } from './theory/variance-growth';
export {
  deviationFromCe,
  predictSettling,
  weightAtOne,
  type Settled,
  type SettlingPrediction,
} from './theory/end-of-training';
export { flow, type Flow, type FlowOptions } from './theory/flow';
export { focalEquilibrium, type Equilibrium } from './theory/focal-equilibrium';
export { convexConcaveBounds, gradientBounds, type GradientBounds } from './theory/gradient-bounds';
export {
  concaveAbove,
  cumulantForm,
  jensenGap,
  varianceCoefficient,
  type CumulantForm,
  type JensenGap,
} from './theory/jensen-gap';
export type { LossFamily, LossFormula } from './theory/confidence';
export {
  dominancePrecondition,
  matchedMean,
  type MatchedMean,
  type MatchedPoint,
  type Precondition,
} from './theory/matched-mean';
export { minimizerShift, type MinimizerShift } from './theory/minimizer-shift';
export {
  logitStep,
  probabilityStep,
  varianceRates,
  type ProbabilityStep,
  type VarianceRates,
} from './theory/one-step';
export type { ConfidenceInterval } from './theory/variance-growth';
export {
  betaStart,
  expectation,
  sampleStart,
  truncatedNormalStart,
  type Estimate,
  type StartDistribution,
} from './theory/start-distribution';
export type { FlowSpace } from './theory/flow';
export {
  varianceAtMean,
  varianceTrajectory,
  type AtMean,
  type VarianceTrajectory,
} from './theory/variance-flow';
export { growthIntervals, growthThreshold, spreadGrowth } from './theory/variance-growth';

export { takeFeatures, takeLabels, type Dataset, type ImageShape } from './data/dataset';
export { cleanRecords, exactDuplicates } from './data/duplicates';
export { dataset, datasetNames, type DatasetName, type DatasetOptions } from './data/registry';
export { scaleByTrain, trainScaling, type Scaling, type ScalingOptions } from './data/scaling';
export { userDataset, type UserDataset, type UserDatasetOptions } from './data/user-dataset';
export {
  split,
  splitNames,
  splitQuarters,
  splits,
  type Fifths,
  type Halves,
  type Quarters,
  type Sixths,
  type Split,
  type SplitName,
  type SplitOptions,
} from './data/split';
export { checkParts } from './data/split-parts';
export { checkHalfMasks, coinMasks, halfMasks, maskedRecords } from './data/masks';
export {
  canaryKinds,
  canaryTrainingRecords,
  planCanaries,
  withCanaries,
  type CanaryKind,
  type CanaryOptions,
  type CanaryPlan,
} from './data/canaries';
export {
  augmentation,
  augmentationNames,
  type Augmentation,
  type AugmentationKey,
  type AugmentationName,
  type AugmentationOptions,
} from './data/augmentation';
export {
  queryPictures,
  rotationQueries,
  translationQueries,
  type QueryTransform,
} from './data/query-augmentation';

export { openBackend, type Backend, type BackendName } from './platform/backend/backend';
export { paperHidden } from './models/mlp';
export type {
  BackwardOptions,
  ModelKey,
  ModelSpec,
  Network,
  NetworkArrays,
  NetworkTensors,
  StepKey,
  TensorInfo,
  TrainingPass,
} from './models/network';
export {
  model,
  modelFromData,
  modelNames,
  models,
  type ModelName,
  type ModelOptions,
} from './models/registry';
export { toArrays, toTensors } from './models/tensors';
export { loadWeights, saveWeights } from './models/weights-file';
export {
  defense,
  defenseFromData,
  defenseNames,
  leftOutDefenses,
  type DefenseName,
  type DefenseOptions,
} from './defenses/registry';
export type { Defense, DefenseSpec, Part, PartOutputs } from './defenses/defense';
export { describeDefense, describeDefenses, type DefenseDescription } from './defenses/describe-defenses';
export { outputFilter, withOutputs, type PlainOutputs } from './defenses/with-outputs';
export {
  deltaSpent,
  epsilonSpent,
  noiseMultiplierFor,
  type Accountant,
  type PrivacyTarget,
} from './defenses/accountant/accountant';
export { privacyLoss, type PrivacyLoss } from './defenses/accountant/privacy-loss';
export {
  defaultOrders,
  renyiDelta,
  renyiDivergence,
  renyiEpsilon,
  type RenyiEpsilon,
} from './defenses/accountant/renyi';
export type { SampledGaussian, Spent } from './defenses/accountant/sampled-gaussian';
export { dpSgdPrivacy, type DpSgdOptions, type DpSgdPrivacy } from './defenses/dp-sgd';
export { pateEpsilon } from './defenses/pate';
export { trainDefended, type Defended, type DefendedTask, type TrainedPart } from './defenses/train-defended';
export { betaControl, type UpdateRule } from './training/beta-control';
export { trainEnsemble, type EnsembleOptions } from './training/ensemble';
export { canTrainTogether, type EnsembleTask } from './training/ensemble-task';
export { recipe, recipes, type Recipe, type RecipeChanges, type RecipeName } from './training/recipe';
export { tensorLoss } from './training/tensor-loss';
export type { TrainingIdentity } from './training/checkpoint';
export { TrainingDiverged } from './training/diverged';
export {
  lossMethod,
  lossObjective,
  plainGradient,
  type LoopMethod,
  type MethodRun,
  type Objective,
  type ObjectiveMethod,
  type Step,
  type StepGradient,
  type TrainingMethod,
} from './training/method';
export { paceText, progressLog } from './training/progress-log';
export { trainingIdentity } from './training/training-identity';
export { withCheckpoints, type CheckpointHooks, type CheckpointPlace } from './training/with-checkpoints';
export { releasedParameters, train } from './training/train';
export { trainWithMasks, type MaskedTraining } from './training/train-with-masks';
export type { Records } from './training/records';
export type { TrainingProgress, TrainingStage, TrainingState, TrainingTask } from './training/training-task';

export { accuracy } from './signals/accuracy';
export { checkSignals } from './signals/check-signals';
export { ceLosses, logSoftmax, scaledLogit, trueClassProbability } from './signals/log-softmax';
export { memorySignalSet, type SignalArrays } from './signals/memory-signal-set';
export { scaledLogitSignals } from './signals/scaled-logit-signals';
export type { ModelSignals } from './signals/model-signals';
export { readSignals, type ReadSignalsOptions } from './signals/read-signals';
export { referenceModels, type SignalFile, type SignalSet } from './signals/signal-set';
export { crossEntropies, modelRow, scaledLogits, trueClassProbabilities } from './signals/statistics';
export { withTarget } from './signals/with-target';
export { writeSignals } from './signals/write-signals';

export { attack, attackNames, attacks, type AttackName } from './attacks/registry';
export type {
  AttackContext,
  AttackCost,
  AttackInfo,
  AttackResult,
  AttackScores,
  FittedOn,
  Need,
  ScoreAttack,
  SetAttack,
} from './attacks/attack';
export {
  combination,
  combinationNull,
  combine,
  type CombinationNull,
  type CombinationRule,
} from './attacks/combination';
export { lossAtEachEpoch } from './attacks/epoch-loss';
export {
  leaveOneOut,
  pooledTable,
  type LeaveOneOutOptions,
  type LeaveOneOutScores,
} from './attacks/leave-one-out';
export { liraVariants, type LiraOptions } from './attacks/lira';
export { rmiaVariants, type RmiaOptions } from './attacks/rmia';
export {
  auditAttacks,
  setAttack,
  setAttackNames,
  type SetAttackName,
  type SetAttackOptions,
} from './attacks/set-registry';
export type { ShadowTrajectory } from './attacks/trajectory-losses';
export { evaluateAttack } from './attacks/evaluate-attack';
export {
  recordEpoch,
  statisticsOf,
  type EpochQuantity,
  type EpochRecord,
  type EpochStatistics,
} from './attacks/epoch-record';
export { selfCheck } from './attacks/self-check';
export { setSelfCheck } from './attacks/set-self-check';
export { denseGradientNorms, gradientNormKinds, type DenseLayer } from './attacks/dense-gradients';
export { describeAttacks, leftOutAttacks, type AttackDescription } from './attacks/describe-attacks';
export {
  epochAudit,
  type AuditedEpoch,
  type EpochAttack,
  type EpochAudit,
  type EpochAuditOptions,
} from './attacks/epoch-audit';
export type { LabelQuery, QueriedModel } from './attacks/label-query';
export { learnedAttack, type LearnedAttackParts } from './attacks/learned-attack';
export type { FittedAttacker, Learner, Lesson } from './attacks/learner';
export type { FeatureRows } from './attacks/feature-rows';
export { privacyRiskAsTfPrivacy } from './attacks/privacy-risk';
export { comparedModels, type Compared } from './attacks/compared-models';
export { lessonParts, type LessonPart } from './attacks/lesson-parts';
export { shadowData, type ShadowData } from './attacks/shadow-data';

export { auc } from './metrics/auc';
export type { AttackNote, LackingPart } from './attacks/notes';
export { exactly, smallestResolvable, type Interval, type IntervalMethod } from './metrics/interval';
export { lossSummary, type LossSummary } from './metrics/loss-summary';
export {
  lossHistories,
  matchedHistories,
  type LossHistory,
  type MatchedHistoriesOptions,
  type MatchedLevel,
  type PathOfMeans,
} from './metrics/matched-histories';
export { meanOverSeeds } from './metrics/mean-over-seeds';
export { p1FromAdvantage, p1FromAttackAccuracy } from './metrics/p1';
export { pairedComparison } from './metrics/paired-comparison';
export { rocCurve, tprAtFpr } from './metrics/roc';
export { smallestResolvableFpr, tnrAtFnrInterval, tprAtFprInterval } from './metrics/tpr-at-fpr';
export { advantage, balancedAccuracy, countDecisions, type DecisionCounts } from './metrics/advantage';
export { advantageChance, largestAdvantageInterval, type AdvantageChance } from './metrics/advantage-chance';
export { aucBootstrap, type BootstrapOptions } from './metrics/auc-bootstrap';
export { calibration, type Calibration, type ReliabilityBin } from './metrics/calibration';
export { clopperPearson } from './metrics/clopper-pearson';
export {
  smallestDetectableAuc,
  smallestDetectableExposure,
  tprChance,
  type PowerOptions,
} from './metrics/detectable-effect';
export type { EpsilonBound } from './metrics/epsilon';
export { epsilonOfGaussianDp, fDpGaussianMu, type OneRunGuesses } from './metrics/epsilon-guesses';
export { epsilonBySplitSample, epsilonOfManyModels } from './metrics/epsilon-many-models';
export { epsilonOfOneRun, type OneRunAudit, type OneRunBounds } from './metrics/epsilon-one-run';
export { holm } from './metrics/holm';
export { membershipByCategory, type IndependenceTest } from './metrics/independence';
export { pooledOverModels, type PooledMetrics, type PooledScores } from './metrics/pooled-over-models';
export { positivePredictiveValue, precision } from './metrics/precision';
export { recordVulnerability, type RecordVulnerability } from './metrics/record-vulnerability';
export { membershipByScore, shiftTest, type ReferenceScores, type ShiftTest } from './metrics/shift';
export { unitsOf, type Units } from './metrics/units';
export { slices, type Slice, type SliceKeys, type SliceOptions } from './metrics/slices';
export { aucNull, type AucNull } from './metrics/auc-null';
export { aucOfUnits } from './metrics/auc-of-units';
export { leakTest, type Evidence, type LeakTest, type LeakTestOptions } from './metrics/leak-test';
export type { PermutationOptions } from './metrics/random-memberships';
export type { AttackScoring } from './metrics/rank-sums';
export { compareAucs, mcNemar, type McNemar, type TwoModels } from './metrics/two-models';

export { ensembleOutputs, type EnsembleOutputs } from './experiments/ensemble-outputs';
export { openStore } from './experiments/store/store';
export { runStudy, type RunStudyOptions } from './experiments/run-study';
export { BlocksFailed, type FailedBlock } from './experiments/executors/executor';
export { compareRuns, type RunComparison, type RunDifference } from './experiments/compare-runs';
export type { ExecutorChoice, ExecutorName } from './experiments/executors/open-executor';
export { possibleAttacks, type StudyAttack } from './experiments/study-attacks';
export { readStudyResult } from './experiments/study-result';
export { selectOnShadows } from './experiments/compare';
export { resultTables, type ResultTable } from './experiments/study-tables';
export {
  query,
  queryRows,
  type QueryFrame,
  type QueryOptions,
  type QueryRows,
} from './experiments/store/query';
export { Store, type AcquireOptions } from './experiments/store/store';
export { exportStore, type ExportOptions } from './experiments/store/export';
export { findGarbage, removeGarbage, type Garbage, type GarbageOptions } from './experiments/store/garbage';
export {
  diskUse,
  listBlocks,
  verifyStore,
  type DiskUse,
  type ListedBlock,
  type StoreCheck,
} from './experiments/store/listing';
export type { ResultKey } from './experiments/store/results';
export { whyBlock, type WhyBlock } from './experiments/store/listing';
export type { MethodSpec, StudyDefense } from './experiments/study';
export { study, type Study, type StudyInput } from './experiments/study';
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
} from './experiments/study-result';
export {
  attackNoteWords,
  intervalWords,
  ruleWords,
  settingsWords,
  studyVerdictWords,
  threatWords,
} from './wording';
export { studies, type StudyName } from './studies/registry';
export { committedStore, committedStudies, committedStudy } from './studies/committed-study';

export type { Audit } from './audit/audit';
export type {
  AuditedAttack,
  AuditedEvidence,
  AuditedLeakTest,
  AuditResult,
  AuditVerdict,
} from './audit/audit-result';
export { auditSignals, type AuditSignalsOptions } from './audit/audit-signals';
export { applyGate, checkGates, parseGate, type Gate, type GateOutcome } from './audit/gate';

export { agreementFigure } from './figures/agreement';
export { auditRocFigure } from './figures/audit-roc';
export { scoreHistogramFigure } from './figures/score-histogram';
export { auditTable } from './figures/audit-table';
export { Figure } from './figures/figure';
export { lossCurvesFigure, type LossCurvesOptions } from './figures/loss-curves';
export { matchedHistoriesFigure, matchedMeanFigure } from './figures/matched-mean';
export { varianceFlowFigure, type VarianceFlowOptions } from './figures/variance-flow';
export { attackTable, comparisonTable, runAttackTable, studyTable } from './figures/study-tables';
export { lossHistogramFigure } from './figures/loss-histogram';
export { privacyUtilityFigure } from './figures/privacy-utility';
export { rocFigure } from './figures/roc';
export { trainingCurvesFigure } from './figures/training-curves';
export { type MethodChoice } from './figures/study-data';
export { canaryTable } from './figures/study-tables';
export { selectionTable } from './figures/study-tables';
export { chosenMethods, shownMethods, type ShownMethods } from './figures/study-data';
export { studyAlphaCurves, studyAlphaFigure } from './figures/alpha-ablation';
export { studyFamilies, type FamilyMember, type StudyFamily } from './figures/study-data';
export { studyHeatMap, studyHeatMapFigure } from './figures/heat-map';
export { studyP1Figure, studyP1Groups } from './figures/p1-bars';
export { studyPlaneFigure, studyPlanePanels, type StudyAttackChoice } from './figures/plane-study';
export { decisionMapFigure, type FamilyName } from './figures/decision-map';
export { varianceCounterexampleFigure } from './figures/variance-counterexample';
export {
  alphaAblationFigure,
  type AblationCurve,
  type AblationOptions,
  type AblationPoint,
} from './figures/alpha-ablation';
export type { FigureSource } from './figures/figure';
export { gallery, type GalleryEntry } from './figures/gallery/gallery';
export { heatMapFigure, type HeatMapData } from './figures/heat-map';
export { lossBeforeAfterFigure, type LossSample } from './figures/loss-histogram';
export { lossSpreadFigure, type LossSpread, type SpreadPoint } from './figures/loss-spread';
export { p1BarsFigure, type P1Bar, type P1Group, type P1Options } from './figures/p1-bars';
export { paretoFront, type TradeOff } from './figures/plane-data';
export { columnPoints, type PaperColumns } from './figures/pdf';
export { privacyUtilityPlaneFigure, type PlaneOptions } from './figures/privacy-utility-plane';
export { type PlaneMethod, type PlanePanel, type PlanePoint } from './figures/plane-data';
export { reliabilityFigure, type CalibratedModel } from './figures/reliability';
export { rocBandsFigure, type MethodRoc } from './figures/roc';
export { saveFigure, saveFigures, savePdf, type FigureFormat, type SaveOptions } from './figures/save-figure';
export { scaledLogitsFigure, type RecordLogits } from './figures/scaled-logits';
export type { TableCell, TableColumn, TableParts } from './figures/table-cells';
export type { LatexOptions } from './figures/table-latex';
export type { TableRecord } from './figures/table';
export {
  seedCurvesFigure,
  type TrainingCurve,
  type TrainingCurvesOptions,
  type TrainingPanel,
} from './figures/training-curves';
export {
  vulnerabilityFigure,
  type DefenseVulnerability,
  type VulnerabilityOptions,
} from './figures/vulnerability';
export { Table } from './figures/table';
export { studyReportHtml, writeStudyReport, type StudyReportOptions } from './report/study-report';

export { parseBytes, type ReadLimits } from './platform/formats/limits';
export { decodeNpy, encodeNpy, type ArrayToWrite } from './platform/formats/npy';
export { openNpz, writeNpz, type NpzFile } from './platform/formats/npz';
export type { DType, NumericArray, NumericData } from './platform/formats/numeric-array';
export { readCsv, type CsvOptions, type CsvRows } from './platform/formats/csv';
export { readParquet, writeParquet, type ParquetTable } from './platform/formats/parquet';
export { auditReportHtml, writeAuditReport } from './report/audit-report';
export { gateWords, noteWords, verdictWords, type VerdictWords } from './report/audit-words';

export {
  button,
  checkbox,
  dropdown,
  intSlider,
  slider,
  type ButtonControl,
  type CheckboxControl,
  type Control,
  type ControlValues,
  type DropdownControl,
  type SliderControl,
  type SliderOptions,
} from './platform/live/controls';
export * as display from './platform/live/display';
export { plotly, show } from './platform/live/display';
export { live, type Controls, type LiveOptions, type LiveView } from './platform/live/live';
export { liveTraining, type LiveTraining, type StepProgress } from './platform/progress/live-training';
