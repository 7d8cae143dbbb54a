import { describe, expect, it } from 'vitest';
import type { Comm, CommMessage, CommOpening } from '../../src/platform/kernel/kernel-hook';
import { controlWidget } from '../../src/platform/live/control-widget';
import {
  button,
  checkbox,
  dropdown,
  intSlider,
  slider,
  type Control,
} from '../../src/platform/live/controls';
import { packState, unpackState } from '../../src/platform/live/widget';
import { WidgetMaker } from '../../src/platform/live/widget-kinds';
import type { RunningCell } from '../../src/running-cell';

describe('bytes in a state', () => {
  it('travel beside it and come back to their places', () => {
    const state = { a: 1, b: new Uint8Array([1]), c: [0, { d: new Uint8Array([2]), e: null }] };
    const packed = packState(state);
    expect(packed.paths).toEqual([['b'], ['c', 1, 'd']]);
    const sent = JSON.parse(JSON.stringify(packed.state));
    expect(sent).toEqual({ a: 1, c: [0, { e: null }] });
    expect(unpackState(sent, packed.paths, packed.buffers)).toEqual(state);
  });

  it('go nowhere when a path leads nowhere, least of all into a prototype', () => {
    const bytes = new Uint8Array([1]);
    const paths = [['x', 'y'], ['__proto__', 'polluted'], ['__proto__'], [], 'b', ['z']];
    const found = unpackState({ a: 1 }, paths, [bytes, bytes, bytes, bytes, bytes]);
    expect(found).toEqual({ a: 1 });
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });
});

/** The front end's end of every comm that a widget opens. */
function frontEnd(): { cell: RunningCell; say(state: object): object[]; press(): void } {
  let hear: (message: CommMessage) => void = () => undefined;
  let sent: object[] = [];
  let n = 0;
  const openComm = (opening: CommOpening): Comm => ({
    id: String(++n),
    targetName: opening.targetName,
    closed: false,
    send: (data) => sent.push(data),
    close: () => undefined,
    onMessage: (listener) => (hear = listener),
    onClose: () => undefined,
  });
  const tell = (data: Record<string, unknown>): object[] => {
    sent = [];
    hear({ data, buffers: [] });
    return sent;
  };
  return {
    cell: { openComm } as unknown as RunningCell,
    say: (state) => tell({ method: 'update', state, buffer_paths: [] }),
    press: () => tell({ method: 'custom', content: { event: 'click' } }),
  };
}

function made(control: Control<unknown>): { values: unknown[]; page: ReturnType<typeof frontEnd> } {
  const page = frontEnd();
  const values: unknown[] = [];
  controlWidget(new WidgetMaker(page.cell), 'name', control, (value) => values.push(value));
  return { values, page };
}

describe('the widget of a control', () => {
  it('echoes what it hears, but for what it does not know', () => {
    const { page, values } = made(slider(0, 1));
    expect(page.say({ value: 0.25, alien: 1 })).toEqual([
      { method: 'echo_update', state: { value: 0.25 }, buffer_paths: [] },
    ]);
    expect(values).toEqual([0.25]);
  });

  it.each<[string, Control<unknown>, [object, unknown][], object[]]>([
    [
      'slider',
      slider(0, 1),
      [[{ value: 0.30000000000000004 }, 0.3]],
      [{ value: 2 }, { value: '1' }, { value: null }, { step: 3 }],
    ],
    ['intSlider', intSlider(0, 9), [[{ value: 3 }, 3]], [{ value: 2.5 }, { value: -1 }]],
    ['dropdown', dropdown(['a', 'b']), [[{ index: 1 }, 'b']], [{ index: 2 }, { index: null }, { index: -1 }]],
    ['checkbox', checkbox(), [[{ value: true }, true]], [{ value: 1 }]],
  ])('%s tells its values and passes over wrong ones', (_, control, good, bad) => {
    const { page, values } = made(control);
    for (const state of bad) page.say(state);
    expect(values).toEqual([]);
    for (const [state] of good) page.say(state);
    expect(values).toEqual(good.map(([, value]) => value));
  });

  it('of a button counts the presses', () => {
    const { page, values } = made(button('Again'));
    page.press();
    page.press();
    expect(values).toEqual([1, 2]);
  });
});
