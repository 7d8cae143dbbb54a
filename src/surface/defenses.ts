/**
 * Defenses: their names, descriptions and what they do to outputs.
 *
 * @module defenses
 */
export { defenseNames, leftOutDefenses, type DefenseName, type DefenseOptions } from '../defenses/registry';
export type { Defense, DefenseSpec, Teacher, TeacherOutputs } from '../training/defense';
export { describeDefense, describeDefenses, type DefenseDescription } from '../defenses/describe-defenses';
export { outputFilter, withOutputs, type PlainOutputs } from '../defenses/with-outputs';
