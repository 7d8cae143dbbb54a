/**
 * Words for results: notes, verdicts, intervals.
 *
 * @module words
 */
export {
  attackNoteWords,
  intervalWords,
  ruleWords,
  settingsWords,
  studyVerdictWords,
  threatWords,
} from '../wording';
export { gateWords, noteWords, verdictWords, type VerdictWords } from '../report/audit-words';
