import { beforeAll, describe, expect, it } from 'vitest';
import { Figure, jupyterDisplay } from '../../src/figures/figure';
import { renderPng } from '../../src/figures/static';
import { html, image, md, plotFrame, plotly, svg } from '../../src/platform/live/display';

describe('a figure of one’s own', () => {
  beforeAll(() => renderPng(plotly([{ x: [1], y: [1] }]).spec, { width: 300, height: 300 }));

  it('takes any trace type, and has a live form and a picture', async () => {
    const figure = plotly({
      data: [
        { type: 'bar', x: ['a', 'b'], y: [1, 2] },
        { x: [1], y: [2] },
      ],
      layout: { title: { text: 'Own <b>bars</b>' } },
    });
    expect(figure).toBeInstanceOf(Figure);
    const bundle = await figure[jupyterDisplay]();
    expect(bundle['application/vnd.plotly.v1+json']).toMatchObject({
      data: [{ type: 'bar', y: [1, 2] }, { type: 'scatter' }],
      layout: { height: 450 },
    });
    expect(bundle['text/plain']).toBe('Own bars. 2 traces (bar, scatter).');
    expect(String(bundle['image/png'])).toMatch(/^iVBOR/);
    expect(await figure.toSVG()).toBe(await figure.toSVG());
  });

  it('shows the cells of a heat map in its picture', async () => {
    const { default: sharp } = await import('sharp');
    const figure = plotly([
      {
        type: 'heatmap',
        z: [
          [0, 1],
          [1, 0],
        ],
        colorscale: [
          [0, '#ff0000'],
          [1, '#0000ff'],
        ],
        showscale: false,
      },
    ]);
    const { data, info } = await sharp(await figure.toPNG({ scale: 1 }))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): number[] => {
      const start = 3 * (Math.round(y * info.height) * info.width + Math.round(x * info.width));
      return [...data.subarray(start, start + 3)];
    };
    const [red, blue] = [
      [255, 0, 0],
      [0, 0, 255],
    ];
    expect([at(0.3, 0.4), at(0.7, 0.4), at(0.3, 0.6), at(0.7, 0.6)]).toEqual([blue, red, red, blue]);
  });

  it('keeps its live form where only a browser can draw it', async () => {
    const figure = plotly([{ type: 'scatter3d', x: [1], y: [1], z: [1] }]);
    expect(Object.keys(await figure[jupyterDisplay]())).toEqual([
      'application/vnd.plotly.v1+json',
      'text/plain',
    ]);
    await expect(figure.toPNG()).rejects.toThrow(/needs a browser/);
  });

  it('is refused for what is none', () => {
    for (const wrong of [undefined, 5, { layout: {} }, [1]])
      expect(() => plotly(wrong as never)).toThrow(/must be \{ data, layout \}/);
  });

  it('is made of the columns of a frame', () => {
    const frame = {
      columns: ['epoch', 'loss', 'name'],
      index: [0, 1, 2],
      values: [
        [1, 0.5, 'ce'],
        [2, 0.4, 'ce'],
        [1, 0.6, 'ccel'],
      ],
    };
    expect(plotFrame(frame, { x: 'epoch', y: 'loss', by: 'name' }).spec.data).toMatchObject([
      { name: 'ce', x: [1, 2], y: [0.5, 0.4], mode: 'lines+markers' },
      { name: 'ccel', x: [1], y: [0.6] },
    ]);
    expect(plotFrame(frame, { y: ['loss', 'epoch'], type: 'bar' }).spec.data).toMatchObject([
      { type: 'bar', name: 'loss', x: [0, 1, 2] },
      { type: 'bar', name: 'epoch' },
    ]);
    expect(() => plotFrame(frame, { y: 'los' })).toThrow(/"los".*must be one of epoch, loss, name/);
  });
});

describe('helpers for texts and pictures', () => {
  it('are tags and calls', async () => {
    const n = 3;
    expect(await md`**${n}** \alpha`[jupyterDisplay]()).toMatchObject({
      'text/markdown': '**3** \\alpha',
    });
    expect(await html('<b>x</b>')[jupyterDisplay]()).toEqual({
      'text/html': '<b>x</b>',
      'text/plain': '<b>x</b>',
    });
    expect(Object.keys(await svg('<svg/>')[jupyterDisplay]())).toContain('image/svg+xml');
    expect(await image(new Uint8Array([0xff, 0xd8, 0xff]))[jupyterDisplay]()).toHaveProperty('image/jpeg');
    expect(() => image(new Uint8Array([1]))).toThrow(/PNG, JPEG or GIF/);
  });
});
