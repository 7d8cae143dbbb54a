import { defaultFigureWidth, Figure, type MimeBundle } from '../../figures/figure';
import type {
  PlotlyAnimation,
  PlotlyLayout,
  PlotlySlider,
  PlotlySpec,
  PlotlyTrace,
} from '../../figures/plotly-spec';
import { renderPng } from '../../figures/static';
import { plotText } from '../../figures/text';
import { themes } from '../../figures/theme';
import { pngChunk, pngSignature } from '../../figures/canvas';

/** One drawn frame: the value of the control and what was drawn for it. */
export interface DrawnFrame {
  readonly text: string;
  readonly figure: Figure;
}

type Json = Readonly<Record<string, unknown>>;

/** Room below the figure for the slider, in pixels. */
const sliderRoom = 70;
const secondsPerFrame = 0.9;
/** Pixels of the picture per pixel of the figure (see Figure). */
const scale = 1;

/**
 * The form without widgets: a Plotly figure with frames and a slider, where it is drawn, and a picture that moves (an
 * animated PNG; viewers that do not know them show the initial value). No text/html, which would hide the picture.
 */
export async function animationBundle(
  frames: readonly DrawnFrame[],
  initial: number,
  label: string,
): Promise<MimeBundle> {
  const spec = animatedSpec(frames, initial, label);
  const { title, alt } = frames[initial].figure;
  // From the initial value on, round and round, so that the first picture is that of the initial value.
  const order = frames.map((_, i) => (initial + i) % frames.length);
  const pictures: Uint8Array[] = [];
  const height =
    Math.max(...frames.map(({ figure }) => figure.stillFor(style).layout.height ?? 450)) + sliderRoom;
  for (const i of order) {
    const still = withSlider(frames[i].figure.stillFor(style), frames, i, label);
    const layout = { ...still.layout, height };
    pictures.push(await renderPng({ ...still, layout }, { width: defaultFigureWidth, height }, scale));
  }
  const values = frames.map(({ text }) => text).join(', ');
  return {
    'application/vnd.plotly.v1+json': spec,
    'image/png': Buffer.from(await animatedPng(pictures, secondsPerFrame)).toString('base64'),
    'text/plain': `${title}. ${alt} Drawn for ${label} = ${values}.`,
  };
}

const style = { theme: 'light', frame: 'full' } as const;

/** The initial figure with frames that turn it into the others, and a slider that plays them. */
export function animatedSpec(frames: readonly DrawnFrame[], initial: number, label: string): object {
  const specs = padded(frames.map(({ figure }) => figure.spec));
  const base = withSlider(specs[initial], frames, initial, label);
  return {
    ...base,
    frames: specs.map((spec, i) => {
      const data = spec.data.map((trace, t) => changed(specs, t, trace));
      return {
        name: frames[i].text,
        traces: data.map((_, t) => t),
        data,
        layout: changedLayout(specs, withSlider(spec, frames, i, label).layout),
      };
    }),
  };
}

/** Only what differs between the frames; the type names the trace for Plotly. */
function changed(specs: readonly PlotlySpec[], t: number, trace: PlotlyTrace): Json {
  const traces = specs.map(({ data }) => data[t] as unknown as Json);
  const keys = differing(traces);
  return { type: trace.type, ...pick(trace as unknown as Json, keys) };
}

function changedLayout(specs: readonly PlotlySpec[], layout: PlotlyLayout): Json {
  const own = new Set(['sliders', 'updatemenus', 'height', 'margin', 'legend', 'title']);
  const keys = differing(specs.map((spec) => spec.layout as unknown as Json)).filter((key) => !own.has(key));
  return pick(layout as unknown as Json, keys);
}

function differing(all: readonly Json[]): string[] {
  const keys = [...new Set(all.flatMap((each) => Object.keys(each)))];
  return keys.filter((key) => new Set(all.map((each) => JSON.stringify(each[key]))).size > 1);
}

function pick(from: Json, keys: readonly string[]): Json {
  return Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]]));
}

/** Frames cannot add traces, so all get as many as the richest has. */
function padded(specs: readonly PlotlySpec[]): PlotlySpec[] {
  const most = Math.max(...specs.map(({ data }) => data.length));
  return specs.map((spec) => ({
    ...spec,
    data: Array.from({ length: most }, (_, t) => spec.data[t] ?? emptyTrace(t)),
  }));
}

function emptyTrace(t: number): PlotlyTrace {
  return { type: 'scatter', uid: `none-${t}`, x: [null], y: [null], mode: 'lines', showlegend: false };
}

/** A figure with a slider in a strip below it. */
function withSlider(
  spec: PlotlySpec,
  frames: readonly DrawnFrame[],
  active: number,
  label: string,
): PlotlySpec {
  const { layout } = spec;
  const [before, height] = [layout.height ?? 450, (layout.height ?? 450) + sliderRoom];
  const margin = layout.margin ?? { l: 72, r: 18, t: 40, b: 54 };
  const plotHeight = before - margin.t - margin.b;
  const jump: PlotlyAnimation = {
    mode: 'immediate',
    frame: { duration: 0, redraw: true },
    transition: { duration: 0 },
  };
  const font = { size: 12, color: themes.light.ink };
  const slider: PlotlySlider = {
    x: 0,
    // Below the figure's own lower margin.
    y: -margin.b / plotHeight,
    xanchor: 'left',
    yanchor: 'top',
    len: 1,
    pad: { t: 0, b: 0, l: 0, r: 0 },
    font,
    bordercolor: themes.light.faintInk,
    active,
    currentvalue: { prefix: `${plotText(label)} = `, font: { ...font, size: 14 } },
    steps: frames.map(({ text }) => ({ label: plotText(text), method: 'animate', args: [[text], jump] })),
  };
  return {
    ...spec,
    // A figure that moves by itself keeps its buttons, but not the frames, which would get mixed up with these.
    frames: undefined,
    layout: {
      ...fromTop(layout, before, height),
      height,
      margin: { ...margin, b: margin.b + sliderRoom },
      sliders: [slider],
      updatemenus: [],
    },
  };
}

/** Title and legend are placed by shares of the height; they stay as many pixels from the top. */
function fromTop(layout: PlotlyLayout, before: number, after: number): PlotlyLayout {
  const moved = (y: number | undefined): number => 1 - ((1 - (y ?? 1)) * before) / after;
  const { title, legend } = layout;
  return {
    ...layout,
    ...(title?.yref === 'container' ? { title: { ...title, y: moved(title.y) } } : {}),
    ...(legend?.yref === 'container' ? { legend: { ...legend, y: moved(legend.y) } } : {}),
  };
}

/**
 * One PNG that runs through pictures of the same size without end (APNG, part of the PNG specification since its third
 * edition, W3C 2025). The first picture is the one that viewers without animation show. Later frames hold only the
 * pixels that changed, since most of a chart stays as it is.
 *
 * @param pictures opaque PNGs of one size, at least one
 */
export async function animatedPng(
  pictures: readonly Uint8Array[],
  secondsPerFrame: number,
): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const raw = await Promise.all(
    pictures.map((png) => sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true })),
  );
  const { width, height } = raw[0].info;
  const encode = async (pixels: Uint8Array): Promise<PngChunk[]> =>
    chunksOf(
      await sharp(pixels, { raw: { width, height, channels: 4 } })
        .png({ compressionLevel: 9 })
        .toBuffer(),
    );
  const milliseconds = Math.round(secondsPerFrame * 1000);
  const out: Uint8Array[] = [pngSignature];
  let sequence = 0;
  for (let i = 0; i < raw.length; i++) {
    const pixels = raw[i].data;
    const chunks = await encode(i === 0 ? pixels : difference(raw[i - 1].data, pixels));
    if (i === 0) {
      out.push(pngChunk('IHDR', chunks.find(({ type }) => type === 'IHDR')!.data));
      if (raw.length > 1) out.push(pngChunk('acTL', words(raw.length, 0)));
    }
    if (raw.length > 1)
      out.push(pngChunk('fcTL', frameControl(sequence++, width, height, milliseconds, i > 0)));
    for (const { data } of chunks.filter(({ type }) => type === 'IDAT')) {
      out.push(i === 0 ? pngChunk('IDAT', data) : pngChunk('fdAT', Buffer.concat([words(sequence++), data])));
    }
  }
  out.push(pngChunk('IEND', Buffer.alloc(0)));
  return Buffer.concat(out);
}

interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Pixels RGBA that turn one picture into the next when drawn over it: transparent where nothing changed. */
function difference(before: Uint8Array, after: Uint8Array): Uint8Array {
  const changed = Buffer.alloc(after.length);
  for (let i = 0; i < after.length; i += 4) {
    const same = before[i] === after[i] && before[i + 1] === after[i + 1] && before[i + 2] === after[i + 2];
    if (!same) changed.set(after.subarray(i, i + 4), i);
  }
  return changed;
}

function chunksOf(png: Buffer): PngChunk[] {
  const chunks: PngChunk[] = [];
  for (let at = pngSignature.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    });
    at += 12 + length;
  }
  return chunks;
}

function words(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, i) => bytes.writeUInt32BE(number, 4 * i));
  return bytes;
}

/** The whole picture, shown for some time, kept afterwards; later frames are drawn over it. */
function frameControl(
  sequence: number,
  width: number,
  height: number,
  milliseconds: number,
  over: boolean,
): Buffer {
  const delay = Buffer.alloc(4);
  delay.writeUInt16BE(milliseconds, 0);
  delay.writeUInt16BE(1000, 2);
  const keep = 0;
  return Buffer.concat([words(sequence, width, height, 0, 0), delay, Buffer.from([keep, over ? 1 : 0])]);
}
