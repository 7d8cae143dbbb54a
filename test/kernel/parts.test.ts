import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hasTopLevelLoop, stepwise } from '../../src/platform/kernel/cell-syntax';
import { completeness, toCharacters, toUnits } from '../../src/platform/kernel/code-questions';
import { InputHistory } from '../../src/platform/kernel/executions';
import { OutputStreams, capped, outputLimit } from '../../src/platform/kernel/output-streams';
import { displayContent } from '../../src/platform/kernel/rich-display';
import { attack } from '../../src/attacks/registry';
import { dataset } from '../../src/data/registry';
import { defense } from '../../src/defenses/registry';
import { loss, lossNames } from '../../src/losses/registry';
import { choicesKey, type Offering } from '../../src/running-cell';
import { committedStudies, committedStudy } from '../../src/studies/committed-study';
import { WireMessage } from '../../src/platform/kernel/wire-message';

describe('a message on the wire', () => {
  const header = {
    version: '5.3',
    date: '',
    session: 's',
    username: 'u',
    msg_type: 'x_request',
    msg_id: '1',
  };
  const parts = [header, {}, {}, { a: 1 }].map((part) => Buffer.from(JSON.stringify(part)));
  const signed = (key: string) => {
    const hash = createHmac('sha256', key);
    for (const part of parts) hash.update(part);
    return [Buffer.from('route'), Buffer.from('<IDS|MSG>'), Buffer.from(hash.digest('hex')), ...parts];
  };

  it('is read only with the right signature and all its parts', () => {
    const buffer = Buffer.from([1, 2, 3]);
    const message = WireMessage.parse('key', [...signed('key'), buffer]);
    expect(message.content).toEqual({ a: 1 });
    expect(message.extra).toEqual([buffer]);
    expect(() => WireMessage.parse('key', signed('other'))).toThrow(/wrong signature/);
    expect(() => WireMessage.parse('key', signed('key').slice(0, 5))).toThrow(/all of its parts/);
    expect(() => WireMessage.parse('key', parts)).toThrow(/all of its parts/);
  });

  it('is refused when its parts are no objects', () => {
    const made = (content: unknown) => {
      const own = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
      const hash = createHmac('sha256', 'key');
      for (const part of own) hash.update(part);
      return [Buffer.from('<IDS|MSG>'), Buffer.from(hash.digest('hex')), ...own];
    };
    expect(WireMessage.parse('key', made({ code: 1 })).content).toEqual({ code: 1 });
    for (const content of [null, [], 1]) {
      expect(() => WireMessage.parse('key', made(content))).toThrow(/no objects/);
    }
  });

  it('travels as well-formed text', () => {
    const reply = WireMessage.parse('key', signed('key')).createReply();
    reply.content = { half: '\ud83d', whole: '🙂', path: 'C:\\ud83d' };
    const read = WireMessage.parse(
      'key',
      reply.frames('key').map((frame) => Buffer.from(frame)),
    );
    expect(read.content).toEqual({ half: '\ufffd', whole: '🙂', path: 'C:\\ud83d' });
  });

  it('is answered along its route, signed, with its buffers as bytes', () => {
    const reply = WireMessage.parse('key', signed('key')).createReply();
    reply.content = { b: 2 };
    reply.extra = [Buffer.from([7])];
    const read = WireMessage.parse(
      'key',
      reply.frames('key').map((frame) => Buffer.from(frame)),
    );
    expect(read.identity.map(String)).toEqual(['route']);
    expect(read.parent.msg_id).toBe('1');
    expect(read.content).toEqual({ b: 2 });
    expect(read.extra).toEqual([Buffer.from([7])]);
  });
});

describe('awaits at the top level', () => {
  it('become yields, wherever they stand, but not inside functions', () => {
    const code =
      'const a = await f(await g(1)) + 1;\nasync function h() { await 2; }\nfoo(await h(), !(await 3).x);';
    const { code: stepped } = stepwise(code)!;
    expect(stepped).toContain('const a = (yield f((yield g(1)))) + 1;');
    expect(stepped).toContain('async function h() { await 2; }');
    expect(stepped).toContain('foo((yield h()), !((yield 3)).x);');
  });

  it('lead back to their places', () => {
    const code = 'const a = await f(await g(1)) + here;\nx; const b = await 1 + there;';
    const { code: stepped, original } = stepwise(code)!;
    const lines = stepped.split('\n');
    for (const [word, line] of [
      ['here', 0],
      ['there', 1],
    ] as const) {
      const column = lines[line]!.indexOf(word);
      expect(original({ line, column })).toEqual({ line, column: code.split('\n')[line]!.indexOf(word) });
    }
    expect(original({ line: 0, column: 3 })).toBeUndefined();
  });

  it('stay beside `for await`, which a generator cannot have', () => {
    const { code, original } = stepwise('for await (const x of await xs) f(x);')!;
    expect(code).toMatch(/^for await \(const x of globalThis\[.*\]\(await xs\)\) f\(x\);$/);
    expect(original({ line: 0, column: code.indexOf('f(x)') })).toEqual({ line: 0, column: 32 });
  });

  it('stay where there are none, or nothing parses', () => {
    expect(stepwise('const x = 1;')).toBeUndefined();
    expect(stepwise('} await 1; {')).toBeUndefined();
  });
});

describe('loops at the top level', () => {
  it.each([
    ['for (let i = 0; i < 9; i++) {}', true],
    ['if (a) { while (b) {} }', true],
    ['do {} while (x)', true],
    ['for (const x of xs) { f(x); }', true],
    ['function f() { for (;;) {} }\nf();', false],
    ['xs.forEach((x) => { while (x) {} });', false],
    ['for (const s of seeds) await train(s);', false],
    ['for await (const x of xs) {}', false],
    ['const x = 1;', false],
  ])('%s: %s', (code, expected) => {
    expect(hasTopLevelLoop(code)).toBe(expected);
  });
});

describe('a cell', () => {
  it.each([
    ['', 'complete'],
    ['await (1)', 'complete'],
    ['for (const x of xs) {', 'incomplete'],
    ['f(1,', 'incomplete'],
    ['const text = `open', 'incomplete'],
    ['const text = `open\nand ${1}', 'incomplete'],
    ['/* open', 'incomplete'],
    ['if (x) {\n\n', 'complete'],
    ['const s = "open', 'invalid'],
    ['f(1))', 'invalid'],
  ])('%j is %s', (code, status) => {
    expect(completeness(code)).toEqual({ status });
  });
});

describe('functions that take names', () => {
  it('say which, for completion', () => {
    const offered = (call: unknown): readonly string[] | undefined => (call as Offering)[choicesKey]?.();
    expect(offered(loss)).toEqual(lossNames);
    expect(offered(committedStudy)).toEqual(committedStudies());
    expect(committedStudies()).toContain('location30');
    for (const [call, name] of [
      [attack, 'rmia'],
      [defense, 'ccel'],
      [dataset, 'location30'],
    ] as const) {
      expect(offered(call)).toContain(name);
    }
  });
});

describe('the history of inputs', () => {
  const history = new InputHistory();
  for (const [i, input] of ['a.b', 'cc', 'a.b', 'a+b'].entries()) history.add(i + 1, input);
  history.setOutput('7');

  it('gives the newest, a range of lines, or what matches, each with its output when asked to', () => {
    expect(history.find({ hist_access_type: 'tail', n: 2 })).toEqual([
      [1, 3, 'a.b'],
      [1, 4, 'a+b'],
    ]);
    expect(history.find({ hist_access_type: 'tail', n: 1, output: true })).toEqual([[1, 4, ['a+b', '7']]]);
    expect(history.find({ hist_access_type: 'range', session: 0, start: 2, stop: 3 })).toEqual([
      [1, 2, 'cc'],
    ]);
    expect(history.find({ hist_access_type: 'range', session: 5, start: 1 })).toEqual([]);
    const search = (pattern: string, more: object = {}) =>
      history.find({ hist_access_type: 'search', pattern, ...more }).map(([, line]) => line);
    expect(search('a.?')).toEqual([1, 3]);
    expect(search('a*')).toEqual([1, 3, 4]);
    expect(search('a*', { unique: true })).toEqual([3, 4]);
    expect(search('*', { n: 1 })).toEqual([4]);
  });
});

describe('a bundle', () => {
  it('carries text, JSON and bytes, and drops what is undefined', () => {
    expect(
      displayContent({
        'text/plain': 'a',
        'application/json': [1],
        'image/png': Buffer.from([1]),
        'text/html': undefined,
      }),
    ).toEqual({ data: { 'text/plain': 'a', 'application/json': [1], 'image/png': 'AQ==' }, metadata: {} });
  });

  it.each([[null], [[]], [{}], [{ html: 'x' }], [{ 'text/html': 1 }]])('%j is refused', (bundle) => {
    expect(() => displayContent(bundle as never)).toThrow(TypeError);
  });
});

describe('positions', () => {
  it('are translated between characters and UTF-16 units', () => {
    const text = 'a🙂b';
    expect([0, 1, 2, 3].map((n) => toUnits(text, n))).toEqual([0, 1, 3, 4]);
    expect([0, 1, 3, 4].map((n) => toCharacters(text, n))).toEqual([0, 1, 2, 3]);
  });
});

describe('output streams', () => {
  const streamsInto = (sent: [string, string][]): OutputStreams =>
    new OutputStreams({ stream: (name, text) => sent.push([name, text]), display: () => undefined });

  it('keep the halves of a character together, whatever comes first', async () => {
    const sent: [string, string][] = [];
    const streams = streamsInto(sent);
    for (const half of 'a🙂'.split('')) streams.write('stdout', half);
    streams.write('stdout', '\ud83d');
    await new Promise((turn) => setImmediate(turn));
    streams.write('stdout', '\ude42!');
    streams.write('stdout', '\ud83d');
    streams.flush();
    expect(sent.map(([, text]) => text)).toEqual(['a', '🙂', '🙂!', '\ud83d']);
  });

  it('of a cell end with a line that says so', () => {
    const sent: [string, string][] = [];
    const stream = capped((name, text) => sent.push([name, text]), 10);
    for (let i = 0; i < 5; i++) stream('stdout', 'four');
    expect(sent.map(([, text]) => text)).toEqual([
      'four',
      'four',
      'fo',
      expect.stringContaining('after 10 characters'),
    ]);
    expect(outputLimit()).toBe(1_000_000);
  });

  it('send a burst in few messages, in order, and whole characters only', async () => {
    const sent: [string, string][] = [];
    const streams = streamsInto(sent);
    const euro = Buffer.from('€');
    streams.write('stdout', euro.subarray(0, 1));
    streams.write('stdout', euro.subarray(1));
    for (let i = 0; i < 1000; i++) streams.write('stdout', `${i},`);
    streams.write('stderr', 'e');
    streams.flush();
    expect(sent.length).toBeLessThan(100);
    const all = Array.from({ length: 1000 }, (_, i) => `${i},`).join('');
    expect(
      sent
        .filter(([name]) => name === 'stdout')
        .map(([, text]) => text)
        .join(''),
    ).toBe(`€${all}`);
    expect(sent.at(-1)).toEqual(['stderr', 'e']);
    streams.write('stdout', 'x');
    await new Promise((turn) => setImmediate(turn));
    expect(sent.at(-1)).toEqual(['stdout', 'x']);
  });
});
