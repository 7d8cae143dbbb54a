import type { Comms } from './comms';

type Json = Readonly<Record<string, unknown>>;

/**
 * Answers the comm by which JupyterLab asks for the states of all widgets when a page is opened or reloaded (version 1
 * of `jupyter.widget.control`, in the docs of ipywidgets: packages/schema/messages.md).
 */
export function answerWidgetControl(comms: Comms): void {
  comms.onTarget('jupyter.widget.control', (comm) => {
    comm.onMessage(({ data }) => {
      if (data.method !== 'request_states') return;
      const states: Record<string, Json> = {};
      const paths: unknown[][] = [];
      const buffers: Uint8Array[] = [];
      for (const [id, snapshot] of comms.snapshots('jupyter.widget')) {
        const state = snapshot.data.state as Json;
        states[id] = {
          model_name: state._model_name,
          model_module: state._model_module,
          model_module_version: state._model_module_version,
          state,
        };
        const own = (snapshot.data.buffer_paths ?? []) as unknown[][];
        paths.push(...own.map((path) => [id, 'state', ...path]));
        buffers.push(...snapshot.buffers);
      }
      comm.send({ method: 'update_states', states, buffer_paths: paths }, buffers);
    });
  });
}
