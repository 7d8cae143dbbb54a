import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { Figure, jupyterDisplay } from '../../src/figures/figure';
import type { PlotlySpec, PlotlyTrace } from '../../src/figures/plotly-spec';
import { plotlyWindow } from '../../src/figures/static';
import { axis, figureConfig, framedLayout, themes } from '../../src/figures/theme';
import { tableCrc32 as crc32 } from '../../src/platform/formats/crc32';
import { animatedPng, animatedSpec } from '../../src/platform/live/animation';
import { button, checkbox, dropdown, intSlider, slider } from '../../src/platform/live/controls';
import { live } from '../../src/platform/live/live';
import { frameValues } from '../../src/platform/live/static-bundle';

/** A line of slope alpha, and a second one from alpha 0.5 on. */
function lineFigure(alpha: number): Figure {
  const trace = (uid: string, slope: number): PlotlyTrace => ({
    type: 'scatter',
    uid,
    x: [0, 1],
    y: [0, slope],
    mode: 'lines',
  });
  const framing = { title: `Slope ${alpha}`, caption: 'A line.', synthetic: false, height: 200 };
  return new Figure({
    title: 'Slope',
    alt: `A line of slope ${alpha}.`,
    caption: 'A line.',
    build: (style) => ({
      data: [trace('one', alpha), ...(alpha < 0.5 ? [] : [trace('two', 2 * alpha)])],
      layout: {
        ...framedLayout(framing, style),
        xaxis: axis(themes[style.theme], 'x'),
        yaxis: axis(themes[style.theme], 'y', { range: [0, Math.max(1, 2 * alpha)] }),
      },
      config: figureConfig,
    }),
  });
}

describe('the values that are drawn beforehand', () => {
  it('run from end to end, with the value at the start', () => {
    expect(frameValues('a', slider(0, 1), 5)).toMatchObject({ values: [0, 0.25, 0.5, 0.75, 1], initial: 2 });
    expect(frameValues('a', slider(0, 1, { value: 0.3 }), 3)).toMatchObject({
      values: [0, 0.3, 0.5, 1],
      initial: 1,
    });
    expect(frameValues('a', intSlider(1, 3), 7).values).toEqual([1, 2, 3]);
    expect(frameValues('a', checkbox(true), 7)).toMatchObject({ values: [false, true], initial: 1 });
    const letters = dropdown(['a', 'b', 'c', 'd'], { value: 'd' });
    expect(frameValues('a', letters, 3)).toMatchObject({ values: ['a', 'b', 'd'], initial: 2 });
  });
});

interface Frame {
  readonly name: string;
  readonly data: readonly Partial<PlotlyTrace>[];
  readonly layout: Partial<PlotlySpec['layout']>;
}
type Animated = PlotlySpec & { readonly frames: readonly Frame[] };

describe('figures without widgets', () => {
  const frames = [0, 0.5, 1].map((alpha) => ({ text: String(alpha), figure: lineFigure(alpha) }));

  it('are frames that hold what changes, as many traces in each', () => {
    const spec = animatedSpec(frames, 1, 'alpha') as Animated;
    expect(spec.frames.map(({ name }) => name)).toEqual(['0', '0.5', '1']);
    expect(spec.data).toHaveLength(2);
    expect(spec.frames.map(({ data }) => data[0])).toEqual(
      [0, 0.5, 1].map((alpha) => ({ type: 'scatter', y: [0, alpha] })),
    );
    expect(spec.frames[0]!.data[1]).toMatchObject({ x: [null], y: [null] });
    expect(spec.frames[2]!.layout.yaxis!.range).toEqual([0, 2]);
    expect(spec.frames[2]!.layout.xaxis).toBeUndefined();
    expect(spec.layout.sliders![0]).toMatchObject({ active: 1, currentvalue: { prefix: 'alpha = ' } });
    const { data, layout } = JSON.parse(JSON.stringify(spec)) as PlotlySpec;
    // Plotly copies the arguments of a step, and calls that a change.
    const complaints = plotlyWindow().Plotly.validate(data, layout) ?? [];
    expect(complaints.filter(({ code }) => code !== 'dynamic')).toEqual([]);
  });

  it('keep title and legend where they were, and put the slider below the caption', () => {
    const before = lineFigure(0.5).spec.layout;
    const after = (animatedSpec(frames, 1, 'alpha') as Animated).layout;
    const fromTop = (y: number, height: number): number => (1 - y) * height;
    for (const part of ['title', 'legend'] as const) {
      expect(fromTop(after[part]!.y!, after.height!)).toBeCloseTo(
        fromTop(before[part]!.y!, before.height!),
        6,
      );
    }
    const plot = (layout: PlotlySpec['layout']): number =>
      layout.height! - layout.margin!.t - layout.margin!.b;
    expect(plot(after)).toBe(plot(before));
    expect(-after.sliders![0]!.y * plot(after)).toBeCloseTo(before.margin!.b, 6);
  });

  it('come as Plotly’s JSON and a moving picture, never as HTML, and the same each time', async () => {
    const view = live({ alpha: slider(0, 1), again: button() }, ({ alpha }) => lineFigure(alpha), {
      frames: 3,
    });
    const bundle = await view[jupyterDisplay]();
    expect(Object.keys(bundle)).toEqual(['application/vnd.plotly.v1+json', 'image/png', 'text/plain']);
    expect(bundle['text/plain']).toBe('Slope. A line of slope 0.5. Drawn for alpha = 0, 0.5, 1.');
    const picture = Buffer.from(bundle['image/png'] as string, 'base64');
    expect(chunkTypes(picture).filter((type) => type === 'fcTL')).toHaveLength(3);
    const again = live({ alpha: slider(0, 1) }, ({ alpha }) => lineFigure(alpha), { frames: 3 });
    expect(await again[jupyterDisplay]()).toEqual(bundle);
  });

  it('leave out a value that cannot be drawn, and say so', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const view = live(
      { alpha: slider(0, 1) },
      ({ alpha }) => {
        if (alpha === 1) throw new Error('not at the end');
        return lineFigure(alpha);
      },
      { frames: 3 },
    );
    const spec = (await view[jupyterDisplay]())['application/vnd.plotly.v1+json'] as Animated;
    expect(spec.frames.map(({ name }) => name)).toEqual(['0', '0.5']);
    expect(told).toHaveBeenCalledWith('live: nothing was drawn for alpha = 1: not at the end');
    told.mockRestore();
  });
});

it('an error for the values at the start is the cell’s own', () => {
  const draw = (): never => {
    throw new RangeError('no');
  };
  expect(() => live({ a: slider(0, 1) }, draw)).toThrow(RangeError);
});

it('texts stand one below the other', async () => {
  const view = live({ name: dropdown(['ce', 'focal']) }, ({ name }) => `loss ${name}`);
  expect(await view[jupyterDisplay]()).toEqual({
    'text/plain': 'name = ce\nloss ce\n\nname = focal\nloss focal',
  });
});

describe('a moving picture', () => {
  const square = (left: number): Promise<Buffer> =>
    sharp({ create: { width: 40, height: 20, channels: 4, background: '#ffffff' } })
      .composite([
        {
          input: { create: { width: 5, height: 5, channels: 4, background: '#d55e00' } },
          left,
          top: 3,
        },
      ])
      .png()
      .toBuffer();

  it('gives back its pictures when its frames are drawn over each other', async () => {
    const pictures = await Promise.all([0, 10, 10, 30].map(square));
    const png = Buffer.from(await animatedPng(pictures, 0.5));
    const wanted = await Promise.all(pictures.map((each) => sharp(each).ensureAlpha().raw().toBuffer()));
    const found = await decoded(png);
    expect(found.map((each) => each.equals(wanted[found.indexOf(each)]!))).toEqual([true, true, true, true]);
    // A viewer that knows nothing of animation shows the first.
    expect((await sharp(png).ensureAlpha().raw().toBuffer()).equals(wanted[0]!)).toBe(true);
    expect(chunkTypes(png).slice(0, 3)).toEqual(['IHDR', 'acTL', 'fcTL']);
    expect(
      chunks(png)
        .filter(({ type }) => type === 'fcTL')
        .map(({ data }) => data.readUInt16BE(20)),
    ).toEqual([500, 500, 500, 500]);
    expect(sequenceNumbers(png)).toEqual(sequenceNumbers(png).map((_, i) => i));
  });

  it('of one picture does not move', async () => {
    expect(chunkTypes(Buffer.from(await animatedPng([await square(0)], 1)))).toEqual([
      'IHDR',
      'IDAT',
      'IEND',
    ]);
  });
});

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
  readonly whole: Buffer;
}

function chunks(png: Buffer): Chunk[] {
  const found: Chunk[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    found.push({
      type,
      data: png.subarray(at + 8, at + 8 + length),
      whole: png.subarray(at, at + 12 + length),
    });
  }
  return found;
}

const chunkTypes = (png: Buffer): string[] => chunks(png).map(({ type }) => type);

const sequenceNumbers = (png: Buffer): number[] =>
  chunks(png)
    .filter(({ type }) => type === 'fcTL' || type === 'fdAT')
    .map(({ data }) => data.readUInt32BE(0));

/** Draws each frame over the one before, by sharp; each frame's data is made a PNG of its own again. */
async function decoded(png: Buffer): Promise<Buffer[]> {
  const all = chunks(png);
  const head = Buffer.concat([png.subarray(0, 8), all.find(({ type }) => type === 'IHDR')!.whole]);
  const frames: Buffer[][] = [];
  for (const { type, data } of all) {
    if (type === 'fcTL') frames.push([]);
    if (type === 'IDAT') frames.at(-1)!.push(data);
    if (type === 'fdAT') frames.at(-1)!.push(data.subarray(4));
  }
  const end = all.at(-1)!.whole;
  const shown: Buffer[] = [];
  for (const data of frames) {
    const body = Buffer.concat(data);
    const idat = Buffer.alloc(12 + body.length);
    idat.writeUInt32BE(body.length, 0);
    idat.write('IDAT', 4, 'latin1');
    body.copy(idat, 8);
    idat.writeUInt32BE(crc32(idat.subarray(4, 8 + body.length)), 8 + body.length);
    const frame = Buffer.concat([head, idat, end]);
    const before = shown.at(-1);
    const raw = { width: 40, height: 20, channels: 4 } as const;
    const over = before === undefined ? sharp(frame) : sharp(before, { raw }).composite([{ input: frame }]);
    shown.push(await over.ensureAlpha().raw().toBuffer());
  }
  return shown;
}
