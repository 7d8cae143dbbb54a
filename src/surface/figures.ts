/**
 * Figures and tables, from results and from plain data.
 *
 * @module figures
 */
export { agreementFigure } from '../figures/agreement';
export { auditRocFigure } from '../figures/audit-roc';
export { scoreHistogramFigure } from '../figures/score-histogram';
export { auditTable } from '../figures/audit-table';
export { Figure, type FigureSource } from '../figures/figure';
export { lossCurvesFigure, type LossCurvesOptions } from '../figures/loss-curves';
export { matchedHistoriesFigure, matchedMeanFigure } from '../figures/matched-mean';
export { varianceFlowFigure, type VarianceFlowOptions } from '../figures/variance-flow';
export {
  attackTable,
  comparisonTable,
  runAttackTable,
  studyTable,
  canaryTable,
  selectionTable,
} from '../figures/study-tables';
export { lossHistogramFigure, lossBeforeAfterFigure, type LossSample } from '../figures/loss-histogram';
export { privacyUtilityFigure } from '../figures/privacy-utility';
export { rocFigure, rocBandsFigure, type MethodRoc } from '../figures/roc';
export {
  trainingCurvesFigure,
  seedCurvesFigure,
  type TrainingCurve,
  type TrainingCurvesOptions,
  type TrainingPanel,
} from '../figures/training-curves';
export {
  type MethodChoice,
  chosenMethods,
  type ShownMethods,
  studyFamilies,
  type FamilyMember,
  type StudyFamily,
} from '../figures/study-data';
export {
  studyAlphaCurves,
  studyAlphaFigure,
  alphaAblationFigure,
  type AblationCurve,
  type AblationOptions,
  type AblationPoint,
} from '../figures/alpha-ablation';
export { studyHeatMap, studyHeatMapFigure, heatMapFigure, type HeatMapData } from '../figures/heat-map';
export {
  studyP1Figure,
  studyP1Groups,
  p1BarsFigure,
  type P1Bar,
  type P1Group,
  type P1Options,
} from '../figures/p1-bars';
export { decisionMapFigure, type FamilyName } from '../figures/decision-map';
export { varianceCounterexampleFigure } from '../figures/variance-counterexample';
export { gallery, type GalleryEntry } from '../figures/gallery/gallery';
export { lossSpreadFigure, type LossSpread, type SpreadPoint } from '../figures/loss-spread';
export {
  paretoFront,
  type TradeOff,
  type PlaneMethod,
  type PlanePanel,
  type PlanePoint,
  studyPlanePanels,
  type StudyAttackChoice,
} from '../figures/plane-data';
export type { PaperColumns } from '../figures/pdf';
export {
  privacyUtilityPlaneFigure,
  studyPlaneFigure,
  type PlaneOptions,
} from '../figures/privacy-utility-plane';
export { reliabilityFigure, type CalibratedModel } from '../figures/reliability';
export {
  saveFigure,
  saveFigures,
  savePdf,
  type FigureFormat,
  type SaveOptions,
} from '../figures/save-figure';
export { scaledLogitsFigure, type RecordLogits } from '../figures/scaled-logits';
export type { TableCell, TableColumn, TableParts } from '../figures/table-cells';
export type { LatexOptions } from '../figures/table-latex';
export { type TableRecord, Table } from '../figures/table';
export {
  vulnerabilityFigure,
  type DefenseVulnerability,
  type VulnerabilityOptions,
} from '../figures/vulnerability';
