import { Interrupted, UserError } from '../../errors';

/** Exit statuses: 0 done, 1 the laboratory failed, 2 bad input, 130 interrupted. */
export function exitStatus(error: unknown): number {
  if (error instanceof UserError) return 2;
  if (error instanceof Interrupted) return 130;
  return 1;
}

/** What a person reads: the message alone where it says all, else with the stack. */
export function explain(error: unknown): string {
  if (error instanceof UserError || error instanceof Interrupted) return `ccl: ${error.message}`;
  if (!(error instanceof Error)) return `ccl: ${String(error)}`;
  if (error.name === 'TrainingDiverged' || error.name === 'BlocksFailed') return `ccl: ${error.message}`;
  return `ccl: ${error.stack ?? error.message}`;
}
