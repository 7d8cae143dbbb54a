import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { Session, noPythonReason, outputsOf, python, resultOf, streamText } from './session';
import type { Executed, Output, PageMessage } from './session';

if (!python) console.warn(noPythonReason);

type State = Record<string, unknown>;

const widgetView = 'application/vnd.jupyter.widget-view+json';
/** Seconds; loading the library takes 4 on an idle machine. */
const slow = { timeout: 150 };

/** The states with which a cell opened its widgets, by their ids. */
function opened(executed: Executed): Map<string, State> {
  const opens = outputsOf('comm_open', executed);
  return new Map(opens.map(({ comm_id: id, data }) => [id!, data!.state as State]));
}

function idOf(executed: Executed, model: string): string {
  const found = [...opened(executed)].find(([, state]) => state._model_name === model);
  if (found === undefined) throw new Error(`no ${model}`);
  return found[0];
}

const change = (id: string, state: object): PageMessage => [
  'comm_msg',
  { comm_id: id, data: { method: 'update', state, buffer_paths: [] } },
];
const word = (id: string, content: object): PageMessage => [
  'comm_msg',
  { comm_id: id, data: { method: 'custom', content } },
];

/** What was sent to one widget with one method. */
function sentTo(id: string, method: string, heard: readonly Output[]): State[] {
  return heard
    .filter(({ type, comm_id: to, data }) => type === 'comm_msg' && to === id && data!.method === method)
    .map(({ data }) => (data!.state ?? data!.content) as State);
}

const pageAsks: PageMessage[] = [
  ['comm_open', { comm_id: 'page', target_name: 'jupyter.widget.control', data: {}, target_module: null }],
  ['comm_msg', { comm_id: 'page', data: { method: 'request_states' } }],
];

describe.skipIf(!python)('live controls, moved by Jupyter’s own client', { timeout: 180_000 }, () => {
  let session: Session;
  let cell: Executed;
  let sliderId: string;
  let htmlId: string;
  let areaId: string;

  beforeAll(async () => {
    session = new Session();
    await session.start(projectRoot);
  });
  afterAll(() => session.close());

  it('tell a page that asks before any cell that there are no widgets', async () => {
    const heard = await session.talk(pageAsks, { until: 'update_states' });
    expect(heard.find(({ data }) => data?.method === 'update_states')!.data!.states).toEqual({});
  });

  it('are shown with what is drawn for the values at the start', async () => {
    await session.execute("import { controls, live, liveTraining } from 'ccl-lab';", slow);
    cell = await session.execute(
      `const view = live(
  { alpha: controls.slider(0, 1, { step: 0.001 }), name: controls.dropdown(['ce', 'focal']), on: controls.checkbox(), again: controls.button('Again') },
  ({ alpha, name, on, again }) => {
    if (alpha === 0.666) throw new RangeError('unlucky');
    if (alpha === 0.777) for (;;) {}
    if (alpha === 0.888) console.log('eights');
    return [name.toUpperCase(), alpha.toFixed(3), on, again].join(' ');
  },
  { frames: 2 },
);
view`,
      { ...slow, metadata: { cellId: 'first' } },
    );
    expect(resultOf(cell)).toMatchObject({ [widgetView]: { version_major: 2 }, 'text/plain': /./ });
    sliderId = idOf(cell, 'FloatSliderModel');
    htmlId = idOf(cell, 'HTMLModel');
    areaId = idOf(cell, 'OutputModel');
    const states = opened(cell);
    expect(states.get(sliderId)).toMatchObject({ value: 0.5, min: 0, max: 1, description: 'alpha' });
    expect(states.get(htmlId)).toMatchObject({ value: '<pre>CE 0.500 false 0</pre>' });
    // The view that the bundle names shows all of it.
    const { model_id: boxId } = resultOf(cell)![widgetView] as { model_id: string };
    const last = outputsOf('comm_msg', cell).at(-1)!;
    expect(last.comm_id).toBe(boxId);
    const { children } = last.data!.state as { children: string[] };
    expect(children.slice(1)).toEqual([`IPY_MODEL_${htmlId}`, `IPY_MODEL_${areaId}`]);
  });

  it('draw anew when moved: busy, echo, drawing, idle', async () => {
    const heard = await session.talk([change(sliderId, { value: 0.25 })], { until: 'CE 0.250' });
    expect(sentTo(sliderId, 'echo_update', heard)).toEqual([{ value: 0.25 }]);
    expect(sentTo(htmlId, 'update', heard)).toEqual([{ value: '<pre>CE 0.250 false 0</pre>' }]);
    const states = heard.filter(({ type }) => type === 'status').map(({ execution_state: state }) => state);
    expect(states).toEqual(['busy', 'idle']);
    await session.talk([change(idOf(cell, 'DropdownModel'), { index: 1 })], { until: 'FOCAL 0.250' });
    await session.talk([change(idOf(cell, 'CheckboxModel'), { value: true })], { until: 'true 0' });
    const press = word(idOf(cell, 'ButtonModel'), { event: 'click' });
    await session.talk([press, press], { until: 'FOCAL 0.250 true 2' });
    expect(resultOf(await session.execute('view.values'))!['text/plain']).toBe(
      "{ alpha: 0.25, name: 'focal', on: true, again: 2 }",
    );
  });

  it('do not draw what is overtaken', async () => {
    const values = Array.from({ length: 60 }, (_, i) => (i + 1) / 100);
    const heard = await session.talk(
      values.map((value) => change(sliderId, { value })),
      { until: 'FOCAL 0.600' },
    );
    const drawn = sentTo(htmlId, 'update', heard);
    expect(drawn.at(-1)!.value).toContain('0.600');
    expect(drawn.length).toBeLessThan(30);
    expect(sentTo(sliderId, 'echo_update', heard)).toHaveLength(60);
  });

  it('show what a drawing prints or throws below it, and go on', async () => {
    const printed = await session.talk([change(sliderId, { value: 0.888 })], { until: 'eights' });
    expect(sentTo(areaId, 'update', printed).at(-1)!.outputs).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'eights\n' },
    ]);
    // It is no output of any cell.
    expect(printed.filter(({ type }) => type === 'stream')).toEqual([]);
    const thrown = await session.talk([change(sliderId, { value: 0.666 })], { until: 'unlucky' });
    const [error] = sentTo(areaId, 'update', thrown).at(-1)!.outputs as Output[];
    expect(error).toMatchObject({ output_type: 'error', ename: 'RangeError', evalue: 'unlucky' });
    expect(error!.traceback!.join('\n')).toMatch(/cell\[\d+\]:4:/);
    const after = await session.talk([change(sliderId, { value: 0.1 })], { until: '"outputs": []' });
    expect(sentTo(htmlId, 'update', after).at(-1)!.value).toContain('0.100');
  });

  it('are freed from an endless drawing by an interrupt', async () => {
    const heard = await session.talk([change(sliderId, { value: 0.777 })], {
      until: 'the cell was interrupted',
      interrupting: true,
    });
    expect((sentTo(areaId, 'update', heard).at(-1)!.outputs as Output[])[0]).toMatchObject({
      ename: 'Interrupted',
    });
    await session.talk([change(sliderId, { value: 0.2 })], { until: '0.200' });
  });

  it('tell all states to a page that is loaded anew', async () => {
    const [, ask] = pageAsks;
    const heard = await session.talk([ask!], { until: 'update_states' });
    const { states } = heard.find(({ data }) => data?.method === 'update_states')!.data as {
      states: Record<string, { model_name: string; state: State }>;
    };
    expect(Object.keys(states).sort()).toEqual([...opened(cell).keys()].sort());
    expect(states[sliderId]).toMatchObject({ model_name: 'FloatSliderModel', state: { value: 0.2 } });
    const info = await session.request<{ comms: object }>('comm_info_request', {
      target_name: 'jupyter.widget',
    });
    expect(Object.keys(info.comms).sort()).toEqual([...opened(cell).keys()].sort());
    const one = await session.talk([['comm_msg', { comm_id: htmlId, data: { method: 'request_state' } }]]);
    expect(sentTo(htmlId, 'update', one)[0]).toMatchObject({ _model_name: 'HTMLModel' });
  });

  it('end when their cell runs again', async () => {
    const again = await session.execute('view.values.alpha', { metadata: { cellId: 'first' } });
    expect(
      outputsOf('comm_close', again)
        .map(({ comm_id: id }) => id)
        .sort(),
    ).toEqual([...opened(cell).keys()].sort());
    const heard = await session.talk([change(sliderId, { value: 0.9 })]);
    expect(heard.filter(({ type }) => type === 'comm_msg')).toEqual([]);
  });

  it('send plotly.js once it is asked for, and a figure’s new form when it changes', async () => {
    const figure = await session.execute(
      `import { figures, loss } from 'ccl-lab';
live({ alpha: controls.slider(0, 1) }, ({ alpha }) => figures.lossCurvesFigure([loss('ccel', { alpha })]), { frames: 2 })`,
      slow,
    );
    const id = idOf(figure, 'AnyModel');
    expect(Object.keys(resultOf(figure)!)).toEqual([
      widgetView,
      'application/vnd.plotly.v1+json',
      'image/png',
      'text/plain',
    ]);
    const state = opened(figure).get(id)!;
    expect(JSON.stringify(state).length).toBeLessThan(60_000);
    const heard = await session.talk([word(id, { word: 'plotly.js, please' })], {
      until: '"plotly.js"',
      ...slow,
    });
    const [buffer] = heard.find(({ data }) => data?.method === 'custom')!.buffers!;
    expect(gunzipSync(Buffer.from(buffer!, 'base64')).toString('latin1')).toMatch(/^\/\*! plotly\.js v\d/);
    const moved = await session.talk([change(idOf(figure, 'FloatSliderModel'), { value: 0.25 })], {
      until: 'alpha: 0.25',
    });
    const spec = sentTo(id, 'update', moved).at(-1)!.spec as { data: { name: string }[] };
    expect(spec.data[0]!.name).toContain('0.25');
  });

  it('show a training, which an interrupt ends', async () => {
    const stopped = await session.interrupt(
      `const { onProgress, signal } = liveTraining('CE');
for (let epoch = 1; epoch <= 10_000; epoch++) {
  if (signal?.aborted) throw signal.reason;
  onProgress({ epoch, epochs: 10_000, step: 1, steps: 1, loss: 1 / epoch });
  if (epoch === 3) console.log('ready');
  await new Promise((done) => setTimeout(done, 10));
}`,
      { after: 0.8 },
    );
    expect(stopped.reply).toMatchObject({ status: 'error', ename: 'Interrupted' });
    expect(streamText(stopped, 'stderr')).toBe('');
    expect(outputsOf('display_data', stopped)).toHaveLength(1);
    const updates = outputsOf('update_display_data', stopped);
    expect(updates.length).toBeGreaterThan(1);
    expect(updates.at(-1)!.data!['text/plain']).toMatch(/^CE: interrupted, epoch \d+ of 10000, loss /);
    expect(updates.at(-1)!.data!['image/svg+xml']).toMatch(/^<svg .*<polyline/);
  });

  it('stand beside what show shows, which is no value itself', async () => {
    const { outputs } = await session.execute("import { show } from 'ccl-lab';\nshow('a'); show([1, 2])");
    const bundles = outputs.filter(({ data }) => data !== undefined).map(({ type, data }) => [type, data]);
    expect(bundles).toEqual([
      ['display_data', { 'text/plain': "'a'" }],
      ['display_data', { 'text/plain': '[ 1, 2 ]' }],
    ]);
  });

  it('take nothing of what an interrupt makes a cell show', async () => {
    const stopped = await session.interrupt(
      `const shown = liveTraining('CE');
shown.onProgress({ epoch: 1, epochs: 9, step: 1, steps: 1, loss: 1 });
const kernel = (globalThis as any)[Symbol.for('ccl-lab.kernel')];
const elsewhere = { stream() {}, display() {} };
setTimeout(() => kernel.contained(elsewhere, () => 1), 100);
console.log('ready');
await new Promise(() => {});`,
      { after: 0.8 },
    );
    const last = outputsOf('update_display_data', stopped).at(-1)!;
    expect(last.data!['text/plain']).toBe('CE: interrupted, epoch 1 of 9, loss 1');
  });

  it('end with the kernel', async () => {
    const info = await session.request<{ comms: object }>('comm_info_request', {});
    const ids = Object.keys(info.comms);
    expect(ids.length).toBeGreaterThan(3);
    const heard = await session.talk([['shutdown_request', { restart: true }]], { until: ids.at(-1)! });
    const closed = heard.filter(({ type }) => type === 'comm_close').map(({ comm_id: id }) => id);
    expect(closed.sort()).toEqual(ids.sort());
  });
});
