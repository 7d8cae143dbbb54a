import { withLocalPlan } from '../../experiments/executors/open-executor';
import { madeBy } from '../../experiments/made';
import { openStore } from '../../experiments/store/store';
import { study } from '../../experiments/study';
import { studyStatus, type BlockStatus } from '../../experiments/study-status';
import { findStudy } from '../../studies/registry';
import { printJson } from './json-output';

interface StatusOptions {
  readonly out: string;
  readonly all?: true;
  readonly json?: true;
}

const states = ['done', 'running', 'stopped', 'failed', 'missing', 'not needed'] as const;

/** `ccl study status`. */
export async function statusOfStudy(name: string, { out, all, json }: StatusOptions): Promise<void> {
  const chosen = study(findStudy(name));
  const blocks = await withLocalPlan(chosen, ({ plan }) => studyStatus(plan, openStore(out)));
  const counts = Object.fromEntries(
    states.map((state) => [state, blocks.filter((block) => block.state === state).length]),
  );
  if (json === true)
    return printJson({
      ...{ schema: 'ccl-lab/study-status/1', name: chosen.name, counts, blocks },
      made: madeBy(chosen),
    });
  const shown = blocks.filter(({ state }) => all === true || (state !== 'done' && state !== 'not needed'));
  const told = states.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  process.stdout.write(
    [`${chosen.name}: ${blocks.length} blocks, ${told.join(', ')}`, ...shown.map(statusLine), ''].join('\n'),
  );
}

function statusLine({ id, title, state, epoch, epochs, holder, failure }: BlockStatus): string {
  const at = epoch === null ? '' : `, epoch ${epoch} of ${epochs}`;
  const who = holder === null ? '' : `, process ${holder.pid} on ${holder.host} since ${holder.since}`;
  const why = failure === null ? '' : `: ${failure.message.split('\n')[0]}\n    log: ${failure.file}`;
  return `  ${state.padEnd(10)} ${id.slice(0, 8)}  ${title}${at}${who}${why}`;
}
