import { describe, expect, it, vi } from 'vitest';
import { Comms, answerWidgetControl } from '../../src/platform/kernel/comms';
import type { Comm } from '../../src/platform/kernel/kernel-hook';
import { WireMessage } from '../../src/platform/kernel/wire-message';

interface Sent {
  readonly type: string;
  readonly parent: string;
  readonly content: Record<string, unknown>;
  readonly buffers: readonly Uint8Array[];
}

function setUp(): { comms: Comms; sent: Sent[] } {
  const comms = new Comms();
  const sent: Sent[] = [];
  comms.connect((parent, type, content, _metadata, buffers) =>
    sent.push({ type, parent: parent.header.msg_id, content: content as Sent['content'], buffers }),
  );
  return { comms, sent };
}

function message(
  type: string,
  content: Record<string, unknown>,
  { id = 'm', metadata = {}, buffers = [] as Buffer[] } = {},
): WireMessage {
  const header = { version: '5.3', date: '', session: 's', username: 'u', msg_type: type, msg_id: id };
  return new WireMessage([], header, header, metadata, content, buffers);
}

const cell = (cellId: string, more: object = {}): WireMessage =>
  message('execute_request', {}, { id: cellId, metadata: { cellId, ...more } });

describe('a comm that the kernel opens', () => {
  it('carries words and bytes both ways, and names the request that it answers', () => {
    const { comms, sent } = setUp();
    comms.beginCell(cell('a'));
    const comm = comms.start({ targetName: 't', data: { n: 1 }, buffers: [new Uint8Array([1])] });
    expect(sent[0]).toMatchObject({
      type: 'comm_open',
      parent: 'a',
      content: { comm_id: comm.id, target_name: 't', data: { n: 1 } },
      buffers: [new Uint8Array([1])],
    });
    const heard = vi.fn((word) => comm.send({ echo: word.data }));
    comm.onMessage(heard);
    const bytes = Buffer.from([7]);
    const word = { comm_id: comm.id, data: { x: 2 } };
    comms.handle(message('comm_msg', word, { id: 'b', buffers: [bytes] }));
    expect(heard).toHaveBeenCalledWith({ data: { x: 2 }, buffers: [bytes] });
    expect(sent[1]).toMatchObject({ type: 'comm_msg', parent: 'b', content: { data: { echo: { x: 2 } } } });
    expect(comms.list()).toEqual({ [comm.id]: { target_name: 't' } });
    expect(comms.list('other')).toEqual({});
  });

  it('is closed by either side once, and is silent then', () => {
    const { comms, sent } = setUp();
    comms.beginCell(cell('a'));
    const [ours, theirs] = [1, 2].map(() => comms.start({ targetName: 't', data: {} }));
    const closed = vi.fn();
    theirs!.onClose(closed);
    comms.handle(message('comm_close', { comm_id: theirs!.id, data: {} }));
    expect(closed).toHaveBeenCalledTimes(1);
    ours!.close();
    ours!.close();
    theirs!.close();
    ours!.send({ lost: true });
    expect(sent.map(({ type }) => type)).toEqual(['comm_open', 'comm_open', 'comm_close']);
    expect([ours!.closed, theirs!.closed, comms.list()]).toEqual([true, true, {}]);
  });

  it('ends with a new run of its cell, with the cell, or with the kernel, and with no other', () => {
    const { comms, sent } = setUp();
    const open = (id: string): Comm => {
      comms.beginCell(cell(id));
      return comms.start({ targetName: 't', data: {} });
    };
    const [a, b, c] = ['a', 'b', 'c'].map(open);
    // Made later for what cell a shows, while cell c was the last to run.
    const besideA = comms.start({ targetName: 't', data: {}, beside: a });
    comms.beginCell(cell('a'));
    expect([a, besideA, b, c].map((comm) => comm!.closed)).toEqual([true, true, false, false]);
    comms.beginCell(cell('d', { deletedCells: ['b'] }));
    expect([b, c].map((comm) => comm!.closed)).toEqual([true, false]);
    comms.closeAll(message('shutdown_request', {}, { id: 'end' }));
    expect(c!.closed).toBe(true);
    expect(sent.at(-1)).toMatchObject({ type: 'comm_close', parent: 'end', content: { comm_id: c!.id } });
  });
});

describe('a comm that the front end opens', () => {
  it('is taken by its target, or closed when nobody takes it', () => {
    const { comms, sent } = setUp();
    const taken = vi.fn();
    comms.onTarget('known', taken);
    comms.handle(message('comm_open', { comm_id: '1', target_name: 'known', data: { n: 1 } }));
    comms.handle(message('comm_open', { comm_id: '2', target_name: 'unknown', data: {} }));
    expect(taken).toHaveBeenCalledTimes(1);
    expect(taken.mock.calls[0]![1]).toEqual({ data: { n: 1 }, buffers: [] });
    expect(sent).toMatchObject([{ type: 'comm_close', content: { comm_id: '2' } }]);
    expect(comms.list()).toEqual({ '1': { target_name: 'known' } });
  });

  it('may send nonsense', () => {
    const { comms, sent } = setUp();
    comms.handle(message('comm_msg', { comm_id: 'nobody', data: 5 }));
    comms.handle(message('comm_close', { comm_id: 'nobody' }));
    expect(() => comms.handle(message('comm_open', {}))).toThrow(/has no comm_id/);
    expect(sent).toEqual([]);
  });
});

describe('a page that is loaded anew', () => {
  it('hears the states of all widgets, their bytes beside them', async () => {
    const { comms, sent } = setUp();
    const prepare = vi.fn(async () => undefined);
    answerWidgetControl(comms, prepare);
    comms.beginCell(cell('a'));
    const bytes = new Uint8Array([1, 2]);
    const state = { _model_name: 'M', _model_module: 'mod', _model_module_version: '1', value: 3 };
    const { id } = comms.start({
      targetName: 'jupyter.widget',
      data: {},
      snapshot: () => ({ data: { state, buffer_paths: [['picture', 0]] }, buffers: [bytes] }),
    });
    comms.start({ targetName: 'other', data: {} });
    comms.handle(message('comm_open', { comm_id: 'c', target_name: 'jupyter.widget.control', data: {} }));
    comms.handle(message('comm_msg', { comm_id: 'c', data: { method: 'request_states' } }));
    expect(prepare).toHaveBeenCalledTimes(1);
    await Promise.resolve();
    expect(sent.at(-1)).toMatchObject({
      type: 'comm_msg',
      content: {
        comm_id: 'c',
        data: {
          method: 'update_states',
          states: { [id]: { model_name: 'M', model_module: 'mod', model_module_version: '1', state } },
          buffer_paths: [[id, 'state', 'picture', 0]],
        },
      },
      buffers: [bytes],
    });
  });
});
