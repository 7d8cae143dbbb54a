import { Interrupted, UserError } from '../../errors';
import { isPacked, projectRoot } from '../../paths';

/** Exit statuses: 0 done, 1 the laboratory failed, 2 bad input, 130 interrupted. */
export function exitStatus(error: unknown): number {
  if (error instanceof UserError) return 2;
  if (error instanceof Interrupted) return 130;
  return 1;
}

/** What a person reads: the message alone where it says all, else with the stack. */
export function explain(error: unknown): string {
  const missing = isPacked ? null : missingPackage(error);
  if (missing !== null) return `ccl: ${missing}`;
  if (error instanceof UserError || error instanceof Interrupted) return `ccl: ${error.message}`;
  if (!(error instanceof Error)) return `ccl: ${String(error)}`;
  if (error.name === 'TrainingDiverged' || error.name === 'BlocksFailed') return `ccl: ${error.message}`;
  return `ccl: ${error.stack ?? error.message}`;
}

/** The sentence for an error that a package causes which is not there; null for any other. */
function missingPackage(error: unknown): string | null {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return null;
  const name = /'([^']+)'/.exec(message)?.[1] ?? 'a package';
  return `${name} is missing or damaged in node_modules. Run \`npm run setup\` in ${projectRoot}; if that does not help, delete node_modules there and run it again.`;
}
