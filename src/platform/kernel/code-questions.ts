import { completeCell, toUnits } from './completion';
import { JupyterHandlerImpl, ts } from './tslab-parts';
import type { Executor, TypeScript } from './tslab-parts';

type Handler = InstanceType<typeof JupyterHandlerImpl>;

/** tslab's answers to what Jupyter asks about code, with positions as Jupyter counts them. */
export class CellHandler extends JupyterHandlerImpl {
  constructor(private readonly cells: Executor) {
    super(cells, false);
  }

  override handleKernel(): ReturnType<Handler['handleKernel']> {
    const reply = super.handleKernel();
    return {
      ...reply,
      implementation: 'ccl-lab',
      banner: `CCL (TypeScript ${ts.version}, Node.js ${process.version})`,
      language_info: {
        ...reply.language_info,
        version: ts.version,
        pygments_lexer: 'typescript',
        nbconvert_exporter: 'script',
      },
    };
  }

  override handleInspect(
    request: Parameters<Handler['handleInspect']>[0],
  ): ReturnType<Handler['handleInspect']> {
    const { code, cursor_pos: cursor } = request;
    return super.handleInspect({ ...request, cursor_pos: toUnits(code, cursor) });
  }

  override handleComplete(
    request: Parameters<Handler['handleComplete']>[0],
  ): ReturnType<Handler['handleComplete']> {
    const { matches, kinds, start, end } = completeCell(this.cells, request.code, request.cursor_pos);
    // What IPython gave a name to, and JupyterLab shows beside each word.
    const types = matches.map((text, i) => ({ text, type: kinds[i] ?? '', start, end }));
    const metadata = types.some(({ type }) => type !== '') ? { _jupyter_types_experimental: types } : {};
    return { matches, cursor_start: start, cursor_end: end, metadata: metadata as never, status: 'ok' };
  }

  override handleIsComplete({ code }: { code: string }): ReturnType<Handler['handleIsComplete']> {
    const { status } = completeness(code);
    if (status !== 'incomplete') return { status } as ReturnType<Handler['handleIsComplete']>;
    return super.handleIsComplete({ code }).status === 'incomplete'
      ? super.handleIsComplete({ code })
      : { status, indent: '' };
  }
}

/** TypeScript's numbers for a text that its line must close, and for one that further lines may. */
const unterminatedText = 1002;
const unterminatedTemplate = 1160;

/**
 * Whether a cell can be run as it is, needs more (what the parser misses is missing at the end), or has an error
 * that more cannot mend. An empty line at the end says that nothing more will come.
 */
export function completeness(code: string): { status: 'complete' | 'incomplete' | 'invalid' } {
  const file = ts.createSourceFile(
    'cell.ts',
    `export {};${code}`,
    ts.ScriptTarget.Latest,
    false,
    ts.ScriptKind.TS,
  );
  const end = file.text.length;
  const { parseDiagnostics: found } = file as unknown as { parseDiagnostics: TypeScript.Diagnostic[] };
  if (found.length === 0) return { status: 'complete' };
  const open = found.some(({ code: number, start, length }) => {
    return number === unterminatedTemplate || (number !== unterminatedText && start === end && length === 0);
  });
  if (!open) return { status: 'invalid' };
  return { status: /(^|\n)\s*\n\s*$/.test(code) ? 'complete' : 'incomplete' };
}
