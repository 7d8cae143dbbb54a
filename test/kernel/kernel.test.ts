import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { Session, errorOf, noPythonReason, outputsOf, python, resultOf, streamText } from './session';
import type { Executed } from './session';

if (!python) console.warn(noPythonReason);

// One kernel for all of it, in a folder outside the project whose name has a space.
describe.skipIf(!python)('the kernel, seen by Jupyter’s own client', () => {
  let session: Session;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ccl cells '));
    writeFileSync(
      path.join(folder, 'helper.ts'),
      'export const half = (x: number): number => {\n\n  if (x < 0) throw new Error("negative");\n  return x / 2;\n};\n',
    );
    session = new Session();
    // What a front end sends before any cell must not kill the kernel.
    await session.start(folder, [
      ['history_request', { hist_access_type: 'tail', n: 3 }],
      ['comm_open', { comm_id: 'c1', target_name: 'jupyter.widget.control', data: {}, target_module: null }],
      ['comm_msg', { comm_id: 'c1', data: { method: 'request_states' } }],
      ['comm_close', { comm_id: 'c1', data: {} }],
    ]);
  });

  afterAll(async () => {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (code: string, options: object = {}): Promise<Executed> => session.execute(code, options);

  it('counts executions and publishes the input', async () => {
    const first = await run('1 + 1');
    expect(outputsOf('execute_input', first)[0]).toMatchObject({ code: '1 + 1', execution_count: 1 });
    expect(first.reply).toMatchObject({ status: 'ok', execution_count: 1 });
    expect(outputsOf('execute_result', first)[0]).toMatchObject({
      execution_count: 1,
      data: { 'text/plain': '2' },
    });
    const silent = await run('2', { silent: true });
    expect(silent.outputs).toEqual([]);
    expect((await run('3')).reply.execution_count).toBe(2);
  });

  it('answers what front ends ask beside cells', async () => {
    expect(await session.request('history_request', { hist_access_type: 'tail', n: 1 })).toMatchObject({
      status: 'ok',
      history: [[1, expect.any(Number), expect.any(String)]],
    });
    expect(await session.request('comm_info_request', {})).toMatchObject({
      type: 'comm_info_reply',
      status: 'ok',
      comms: {},
    });
    expect(await session.request('is_complete_request', { code: 'function f() {' })).toMatchObject({
      status: 'incomplete',
    });
    expect(await session.request('kernel_info_request', {})).toMatchObject({
      implementation: 'ccl-lab',
      language_info: { name: 'typescript', version: '5.0.4' },
    });
    await session.request('no_such_request', {}, { reply: false });
    expect((await run('1')).reply.status).toBe('ok');
  });

  it('shows null, nothing for undefined, and streams for console.log', async () => {
    expect(resultOf(await run('null'))).toEqual({ 'text/plain': 'null' });
    expect(outputsOf('execute_result', await run('undefined'))).toEqual([]);
    const logged = await run('console.log("out"); console.error("err");');
    expect(streamText(logged)).toBe('out\n');
    expect(streamText(logged, 'stderr')).toBe('err\n');
  });

  it('loses nothing of a long output and keeps its order with displays', async () => {
    const long = await run(
      'import { display } from "tslab";\nfunction many() { for (let i = 0; i < 5000; i++) console.log(i); }\nmany(); display.html("<b>x</b>"); console.log("after");',
    );
    const expected = Array.from({ length: 5000 }, (_, i) => `${i}\n`).join('');
    expect(streamText(long)).toBe(`${expected}after\n`);
    const kinds = long.outputs.map((output) => output.type);
    expect(kinds.at(-1)).toBe('stream');
    expect(kinds.at(-2)).toBe('display_data');
  });

  it('reports a type error with its place in the cell, and does not run the cell', async () => {
    const failed = await run('console.log("must not run");\n\nconst wrong: number = "a";');
    expect(streamText(failed)).toBe('');
    const error = errorOf(failed);
    expect(error).toMatchObject({
      ename: 'TypeCheckError',
      evalue: "line 3: Type 'string' is not assignable to type 'number'. (TS2322)",
    });
    expect(error!.traceback!.join('\n')).toContain(`cell[${failed.reply.execution_count}]:3:7`);
    expect(error!.traceback).toContain('    const wrong: number = "a";');
    expect(failed.reply).toMatchObject({ status: 'error', ename: error!.ename, evalue: error!.evalue });
    expect(failed.reply.traceback).toEqual(error!.traceback);
  });

  it('reports a syntax error', async () => {
    expect(errorOf(await run('\nconst k = ;'))).toMatchObject({
      ename: 'SyntaxError',
      evalue: expect.stringContaining('line 2: Expression expected'),
    });
  });

  it('points exceptions into the TypeScript of the cell, across cells, without the kernel’s frames', async () => {
    const failed = await run(
      '\n\ninterface Gone {\n  a: number;\n}\nfunction fail(x: unknown): never {\n\n  throw new RangeError(`bad ${x}`);\n}\nfail(1);',
    );
    const n = failed.reply.execution_count;
    expect(errorOf(failed)).toEqual({
      type: 'error',
      ename: 'RangeError',
      evalue: 'bad 1',
      traceback: ['RangeError: bad 1', `    at fail (cell[${n}]:8:9)`, `    at cell[${n}]:10:1`],
    });
    // What a failed cell has declared is there for the next one.
    const again = await run('type Unused = string;\nfail(2);');
    expect(errorOf(again)!.traceback).toEqual([
      'RangeError: bad 2',
      `    at fail (cell[${n}]:8:9)`,
      `    at cell[${n! + 1}]:2:1`,
    ]);
    const stack = await run('type T = 1;\n\nnew Error("shown by the user").stack!.split("\\n")[1]');
    expect(resultOf(stack)!['text/plain']).toContain(`cell[${n! + 2}]:3:1`);
  });

  it('points rejections after an await into the cell', async () => {
    const failed = await run(
      'const one = await Promise.resolve(1);\ninterface G { a: number }\nconst two: G = { a: (await Promise.resolve(one)) + 1 };\nasync function later() { await null;\n  throw new TypeError("late"); }\nawait later();',
    );
    const n = failed.reply.execution_count;
    expect(errorOf(failed)).toMatchObject({ ename: 'TypeError', evalue: 'late' });
    expect(errorOf(failed)!.traceback!.slice(0, 2)).toEqual([
      'TypeError: late',
      `    at later (cell[${n}]:5:9)`,
    ]);
    expect(errorOf(failed)!.traceback!.join('\n')).not.toMatch(/node:|tslab|src\/kernel|evalmachine/);
  });

  it('keeps frames of the library and of the user’s files, by their TypeScript places', async () => {
    const library = await run(
      `import { badInput } from '${projectRoot}/src/errors';\nthrow badInput('alpha', 2, 'it must be in [0, 1]', 'Choose another');`,
    );
    expect(errorOf(library)).toMatchObject({
      ename: 'UserError',
      evalue: 'alpha is 2, but it must be in [0, 1]. Choose another.',
    });
    expect(errorOf(library)!.traceback![1]).toMatch(/^ {4}at badInput \(src\/errors\.ts:\d+:\d+\)$/);
    const helper = await run("import { half } from './helper';\nhalf(-1);");
    expect(errorOf(helper)!.traceback![1]).toMatch(/at .*half \(.*helper\.ts:3:\d+\)/);
    expect(resultOf(await run('half(3)'))).toEqual({ 'text/plain': '1.5' });
  });

  it('names the file of the user that has a type error, not a line of the cell', async () => {
    writeFileSync(
      path.join(folder, 'faulty.ts'),
      '\n\nconst mixed: Record<string, string | number> = {};\nexport const all: Record<string, number> = mixed;\n',
    );
    const failed = await run("import { all } from './faulty';\nall");
    expect(errorOf(failed)!.evalue).toMatch(/^faulty\.ts line 4: Type .* is not assignable/);
    expect(errorOf(failed)!.traceback![1]).toMatch(/^ {2}faulty\.ts:4:14 - /);
  });

  it('reaches the cell through many frames', async () => {
    const deep = await run(
      'function down(n: number): number { if (n === 0) throw new Error("deep"); return down(n - 1) + 1; }\n\ndown(30);',
    );
    expect(errorOf(deep)!.traceback!.at(-1)).toBe(`    at cell[${deep.reply.execution_count}]:3:1`);
  });

  it('shows whatever is thrown', async () => {
    expect(errorOf(await run('throw "text"'))).toMatchObject({ ename: 'Error', evalue: 'text' });
    expect(errorOf(await run('throw { a: 1 }'))).toMatchObject({ ename: 'Error', evalue: '{ a: 1 }' });
    const caused = await run('throw new Error("\\u001b[31mouter", { cause: new RangeError("<inner>") })');
    expect(errorOf(caused)!.evalue).toBe('\u001b[31mouter');
    expect(errorOf(caused)!.traceback!.join('\n')).toContain('Caused by: RangeError: <inner>');
  });

  it.each([
    ['await (Promise.resolve(3))', '3'],
    ['await [4][0]', '4'],
    ['await `text`', "'text'"],
    ['await -1', '-1'],
    ["await /a/.exec('b')", 'null'],
    ["(await (import('node:path'))).sep", "'/'"],
    ['const { a = await (Promise.resolve(5)) } = {} as { a?: number };\na', '5'],
    ['let s = 0;\nfor await (const x of [Promise.resolve(1), 2]) s += await (x);\ns', '3'],
    [
      'const seen: number[] = [];\nouter: for (const y of [1, 2]) for await (const x of [3, 4]) { seen.push(x * y); continue outer; }\nseen',
      '[ 3, 6 ]',
    ],
    ['async function* g() { yield 1; yield 2; }\nlet t = 0;\nfor await (const x of g()) t += x;\nt', '3'],
    [
      'class K extends (await (Promise.resolve(Array<number>))) { twice = () => 2 * this.length; }\nnew K(7).twice()',
      '14',
    ],
    ['async function inner() { for await (const x of [8]) return x; }\nawait (inner())', '8'],
  ])('waits at the top level: %s', async (code, value) => {
    const executed = await run(code);
    expect(errorOf(executed)).toBeUndefined();
    expect(resultOf(executed)).toEqual({ 'text/plain': value });
  });

  it('points errors of awaits in every form into the cell, and refuses those that TypeScript refuses', async () => {
    const thrown = await run('const no = 1;\nawait (Promise.reject(new Error("second line")));');
    expect(errorOf(thrown)).toMatchObject({ ename: 'Error', evalue: 'second line' });
    const later = await run('for await (const x of [1]) {\n  throw new Error("in the loop");\n}');
    expect(errorOf(later)!.traceback!.join('\n')).toMatch(/at .*cell\[\d+\]:2:9/);
    expect(errorOf(await run('function f() { await (1); }'))!.ename).not.toBe('ReferenceError');
    expect(errorOf(await run('class F { x = await 1; }'))!.ename).toMatch(/SyntaxError|TypeCheckError/);
  });

  it('lets a later cell declare a name again, with another type', async () => {
    await run('const again = 1; let items = []; class Point { x: number }');
    const redeclared = await run(
      'const again = "one"; items.push(again); class Point { y: string }\nagain.length',
    );
    expect(resultOf(redeclared)).toEqual({ 'text/plain': '3' });
  });

  it('renames properties of an interface of an earlier cell, in a parameter and in an assignment', async () => {
    await run('interface Noise { readonly rate: number; readonly scale: number }');
    const renamed = await run(
      'function product({ rate: q, scale: s }: Noise, n: number): number { return q * s * n; }\nlet ratio = 0; let width = 0;\n({ rate: ratio, scale: width } = { rate: 2, scale: 3 } as Noise);\n[product({ rate: 2, scale: 3 }, 5), ratio, width]',
    );
    expect(resultOf(renamed)).toEqual({ 'text/plain': '[ 30, 2, 3 ]' });
  });

  it('finds a variable of an earlier cell in the short form of an object', async () => {
    await run('let gamma = 2;\nlet kept = 7;');
    const short = await run('const own = 1;\n({ gamma, own, f: (kept: number) => ({ kept, gamma }) }).f(3)');
    expect(resultOf(short)).toEqual({ 'text/plain': '{ kept: 3, gamma: 2 }' });
    // In a pattern the name is assigned to, with its default.
    await run('({ gamma, kept = gamma } = { gamma: 5 } as { gamma: number; kept?: number });');
    expect(resultOf(await run('[gamma, kept]'))).toEqual({ 'text/plain': '[ 5, 5 ]' });
  });

  it('checks null strictly, but not what would only be a nuisance in a notebook', async () => {
    expect(
      errorOf(await run('const found: string | undefined = process.env.NOPE;\nfound.length'))!.evalue,
    ).toBe("line 2: 'found' is possibly 'undefined'. (TS18048)");
    const lenient = await run(
      'function untyped(x, { y }) { const all = []; all.push(x, y); return all; }\nfunction caught() { try { JSON.parse("{"); } catch (e) { return e.name; } }\n[...untyped(1, { y: 2 }), caught()]',
    );
    expect(resultOf(lenient)).toEqual({ 'text/plain': "[ 1, 2, 'SyntaxError' ]" });
  });

  it('asks values for their rich form, also in a promise', async () => {
    const rich = await run(
      'class Rich { [Symbol.for("Jupyter.display")]() { return { "text/html": "<b>1</b>", "image/png": new Uint8Array([1, 2]), "application/vnd.x+json": { a: [1] } }; } }\nnew Rich()',
    );
    expect(resultOf(rich)).toEqual({
      'text/html': '<b>1</b>',
      'image/png': 'AQI=',
      'application/vnd.x+json': { a: [1] },
      'text/plain': 'Rich {}',
    });
    const later = await run(
      '({ async [Symbol.for("Jupyter.display")]() { await null; return { "text/plain": "later" }; } })',
    );
    expect(resultOf(later)).toEqual({ 'text/plain': 'later' });
  });

  it('falls back to plain text with a note when a rich form fails', async () => {
    for (const [body, reason] of [
      ['throw new Error("no")', 'Error: no'],
      ['return 5', 'TypeError: what is displayed must be an object'],
      ['return { "text/html": 5 }', 'must be text or bytes'],
      ['return { "application/json": 5n }', 'BigInt'],
    ]) {
      const executed = await run(`({ a: 1, [Symbol.for("Jupyter.display")]() { ${body} } })`);
      expect(executed.reply.status).toBe('ok');
      expect(resultOf(executed)!['text/plain']).toContain('a: 1');
      expect(resultOf(executed)!['text/plain']).toContain(reason);
    }
  });

  it('shows danfo frames as an escaped table, and tensors by type, shape and first values', async () => {
    await run("import * as danfo from 'danfojs-node';", { timeout: 60 });
    const frame = await run(
      'new danfo.DataFrame([["<script>alert(1)</script>", 1 / 3], ["b", NaN]], { columns: ["<i>name</i>", "v"] })',
    );
    const html = resultOf(frame)!['text/html'] as string;
    expect(html).toContain('<th>&lt;i&gt;name&lt;/i&gt;</th>');
    expect(html).toContain('<td>&lt;script&gt;alert(1)&lt;/script&gt;</td><td>0.333333</td>');
    expect(html).not.toMatch(/<script|<i>/);
    expect(html).toContain('2 rows × 2 columns');
    expect(resultOf(frame)!['text/plain']).toContain('alert');
    const series = await run('new danfo.Series([1, 2])');
    expect(resultOf(series)!['text/html']).toContain('<td>2</td>');
    const tensor = await run('danfo.tensorflow.range(0, 12).reshape([3, 4])');
    expect(resultOf(tensor)).toEqual({
      'text/plain': 'Tensor float32 [3, 4]: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …',
    });
    // Showing a tensor leaves nothing behind.
    const leak = await run(
      'const before = danfo.tensorflow.memory().numTensors; const t = danfo.tensorflow.ones([20]);',
    );
    expect(leak.reply.status).toBe('ok');
    await run('t');
    expect(resultOf(await run('danfo.tensorflow.memory().numTensors - before'))).toEqual({
      'text/plain': '1',
    });
  });

  it('lets library code display and update through the hook', async () => {
    const shown = await run(
      'const kernel = (globalThis as any)[Symbol.for("ccl-lab.kernel")];\nconst handle = kernel.display({ "text/plain": "0 %" }, { a: 1 });\nhandle.update({ "text/plain": "50 %" });',
    );
    const [display] = outputsOf('display_data', shown);
    const [update] = outputsOf('update_display_data', shown);
    expect(display).toMatchObject({ data: { 'text/plain': '0 %' }, metadata: { a: 1 } });
    expect(update).toMatchObject({ data: { 'text/plain': '50 %' }, transient: display!.transient });
    const later = await run('handle.update({ "text/plain": "100 %" });');
    expect(outputsOf('update_display_data', later)[0]!.transient).toEqual(display!.transient);
    expect(errorOf(await run('kernel.display("text")'))).toMatchObject({ ename: 'TypeError' });
  });

  it('keeps tslab’s display object, with handles', async () => {
    const shown = await run(
      "import { newDisplay } from 'tslab';\nconst place = newDisplay(); place.html('<p>1</p>'); place.html('<p>2</p>');",
    );
    expect(outputsOf('display_data', shown)[0]!.data).toEqual({ 'text/html': '<p>1</p>' });
    expect(outputsOf('update_display_data', shown)[0]!.data).toEqual({ 'text/html': '<p>2</p>' });
  });

  it('completes members, and replaces what is typed inside quotes', async () => {
    await run("function loss(name: 'ccel' | 'ccql' | 'ce'): void {}");
    const member = '"a".toUpp';
    expect(
      await session.request('complete_request', { code: member, cursor_pos: member.length }),
    ).toMatchObject({ matches: ['toUpperCase'], cursor_start: 4, cursor_end: 9 });
    // The emoji is one character for Jupyter and two for JavaScript.
    const open = "/* 🙂 */ loss('cc";
    const characters = [...open].length;
    expect(await session.request('complete_request', { code: open, cursor_pos: characters })).toMatchObject({
      matches: ['ccel', 'ccql'],
      cursor_start: characters - 2,
      cursor_end: characters,
    });
    const closed = "loss('cc')";
    expect(await session.request('complete_request', { code: closed, cursor_pos: 7 })).toMatchObject({
      matches: ['ccel', 'ccql', 'ce'],
      cursor_start: 6,
      cursor_end: 8,
    });
    const nothing = await session.request('complete_request', { code: '"plain', cursor_pos: 6 });
    expect(nothing).toMatchObject({ status: 'ok', matches: [] });
  });

  it('inspects', async () => {
    await run('/** Half of it. */\nfunction halve(x: number): number { return x / 2; }');
    expect(
      await session.request('inspect_request', { code: 'halve(2)', cursor_pos: 2, detail_level: 0 }),
    ).toMatchObject({
      found: true,
      data: { 'text/plain': expect.stringContaining('function halve(x: number): number') },
    });
    expect(
      await session.request('inspect_request', { code: '   ', cursor_pos: 1, detail_level: 0 }),
    ).toMatchObject({ status: 'ok', found: false });
  });

  it('works in the notebook’s folder and finds the project’s packages from there', async () => {
    expect(resultOf(await run('process.cwd()'))!['text/plain']).toContain('ccl cells ');
    expect(resultOf(await run('__dirname === process.cwd()'))).toEqual({ 'text/plain': 'true' });
    expect((await run("import { z } from 'zod';\nz.string().parse('a')")).reply.status).toBe('ok');
  });
});
