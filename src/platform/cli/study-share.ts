import { relative, resolve } from 'node:path';
import { withLocalPlan } from '../../experiments/executors/open-executor';
import { madeBy } from '../../experiments/made';
import { shareStudy } from '../../experiments/share-study';
import { openStore } from '../../experiments/store/store';
import { study } from '../../experiments/study';
import { findStudy } from '../../studies/registry';
import { printJson } from './json-output';
import { shellWord } from './shell-word';

interface ShareOptions {
  readonly out: string;
  readonly to: string;
  readonly data: boolean;
  readonly json?: true;
}

/** `ccl study share`: the folder with which a colleague reports a study and goes on with it. */
export async function shareStudyCommand(name: string, { out, to, data, json }: ShareOptions): Promise<void> {
  const input = findStudy(name);
  const chosen = study(input);
  const shared = await withLocalPlan(chosen, (local) =>
    shareStudy({ ...local, input, study: chosen, store: openStore(out) }, resolve(to), { data }),
  );
  if (json === true) return printJson({ ...shared, made: madeBy(chosen) });
  const file = shellWord(relative(process.cwd(), shared.file));
  const folder = shellWord(to);
  process.stdout.write(
    [
      `${shared.blocks} blocks${shared.missing === 0 ? '' : ` (${shared.missing} are not trained yet)`}, trained on ${shared.processors.join(', ')}`,
      `Report: npx ccl study report ${file} --out ${folder}`,
      `Go on:  npx ccl study run ${file} --out ${folder}`,
      `Pack:   tar czf ${shellWord(`${to.replace(/\/+$/, '')}.tgz`)} ${folder}`,
      '',
    ].join('\n'),
  );
}
