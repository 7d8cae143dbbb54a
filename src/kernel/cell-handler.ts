import { toUnits } from './code-points';
import { completeCell } from './completion';
import { JupyterHandlerImpl, ts } from './tslab-parts';
import type { Executor } from './tslab-parts';

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
    const { matches, start, end } = completeCell(this.cells, request.code, request.cursor_pos);
    return { matches, cursor_start: start, cursor_end: end, metadata: {}, status: 'ok' };
  }
}
