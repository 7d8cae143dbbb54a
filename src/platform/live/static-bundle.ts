import { Figure, jupyterDisplay, type MimeBundle } from '../../figures/figure';
import { escapeHtml } from '../formats/html-text';
import type { OutputSink } from '../kernel/kernel-hook';
import type { RunningCell } from '../../running-cell';
import { animationBundle, type DrawnFrame } from './animation';
import { type Control, roundOff, onSlider } from './controls';
import { shownContent } from './display';

type Values = Readonly<Record<string, unknown>>;

interface StaticParts {
  readonly controls: Readonly<Record<string, Control<unknown>>>;
  // Method syntax, so that a function of narrower values may stand here.
  draw(values: never): unknown;
  /** What was drawn for the values at the start. */
  readonly start: unknown;
  /** The control to run through. */
  readonly along: string | undefined;
  readonly frames: number;
  /** The notebook that renders values that are no figures. */
  readonly cell: RunningCell | undefined;
}

/**
 * What a cell shows where there are no widgets: figures as an animation, tables and texts one below the other, anything
 * else as it is at the start. A value for which `draw` fails is left out and told of on stderr.
 */
export async function staticBundle(parts: StaticParts): Promise<MimeBundle> {
  const { start, along, frames, controls } = parts;
  if (along === undefined || frames < 2) return startBundle(parts);
  const { label, values, initial } = frameValues(along, controls[along], frames);
  const drawn: { text: string; value: unknown; isInitial: boolean }[] = [];
  for (const [i, value] of values.entries()) {
    const found = i === initial ? { value: start } : await drawQuietly(parts, { [along]: value });
    if ('value' in found) drawn.push({ text: String(value), value: found.value, isInitial: i === initial });
    else console.error(`live: nothing was drawn for ${label} = ${String(value)}: ${found.error}`);
  }
  const first = drawn.findIndex(({ isInitial }) => isInitial);
  const figures = drawn.flatMap(({ text, value }): DrawnFrame[] =>
    value instanceof Figure ? [{ text, figure: value }] : [],
  );
  if (figures.length === drawn.length && drawn.length > 1) return animationBundle(figures, first, label);
  if (figures.length > 0 || start === undefined) return startBundle(parts);
  return stacked(
    await Promise.all(
      drawn.map(async ({ text, value }) => ({ text, bundle: await bundleOf(value, parts.cell) })),
    ),
    label,
    first,
  );
}

async function drawQuietly(
  { controls, draw, cell }: StaticParts,
  change: Values,
): Promise<{ value: unknown } | { error: string }> {
  const initial = Object.fromEntries(
    Object.entries(controls).map(([name, control]) => [name, control.initial]),
  );
  const values = { ...initial, ...change } as never;
  if (cell !== undefined) {
    const found = await cell.contained(unheard, () => draw(values));
    return 'error' in found ? { error: found.error.evalue } : found;
  }
  try {
    return { value: await draw(values) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** What a drawing prints belongs to the value that a reader chose, not to frames drawn beforehand. */
const unheard: OutputSink = { stream: () => undefined, display: () => undefined };

async function startBundle({ start, cell }: StaticParts): Promise<MimeBundle> {
  return start === undefined ? { 'text/plain': '' } : bundleOf(start, cell);
}

async function bundleOf(value: unknown, cell: RunningCell | undefined): Promise<MimeBundle> {
  if (value instanceof Figure) return value[jupyterDisplay]();
  return (await shownContent(value, cell)).data;
}

/** One below the other, if all are tables or texts; else the one at the start. */
function stacked(
  drawn: readonly { text: string; bundle: MimeBundle }[],
  label: string,
  first: number,
): MimeBundle {
  const plain = drawn.map(({ text, bundle }) => `${label} = ${text}\n${String(bundle['text/plain'] ?? '')}`);
  if (drawn.every(({ bundle }) => typeof bundle['text/html'] === 'string')) {
    const parts = drawn.map(
      ({ text, bundle }) =>
        `<p><strong>${escapeHtml(`${label} = ${text}`)}</strong></p>${String(bundle['text/html'])}`,
    );
    return { 'text/html': parts.join(''), 'text/plain': plain.join('\n\n') };
  }
  if (drawn.every(({ bundle }) => Object.keys(bundle).join() === 'text/plain')) {
    return { 'text/plain': plain.join('\n\n') };
  }
  return drawn[first].bundle;
}

/** The values that one control takes in the form without widgets, the initial one among them. */
export interface FrameValues {
  /** The control's name. */
  readonly name: string;
  readonly label: string;
  readonly values: readonly unknown[];
  /** Where the initial value stands. */
  readonly initial: number;
}

/** Whether a control has values to run through. */
export function runs(control: Control<unknown>): boolean {
  return control.kind !== 'button';
}

/**
 * The values at which a control is drawn beforehand: all of a short dropdown, both of a checkbox, and those of a slider
 * spread evenly from end to end; of more than `count` options the first ones.
 */
export function frameValues(name: string, control: Control<unknown>, count: number): FrameValues {
  const values = valuesOf(control, count);
  const all = values.includes(control.initial) ? values : withInitial(values, control);
  return { name, label: control.label ?? name, values: all, initial: all.indexOf(control.initial) };
}

function valuesOf(control: Control<unknown>, count: number): readonly unknown[] {
  switch (control.kind) {
    case 'slider':
    case 'intSlider': {
      const { min, max } = control;
      const spread = Array.from({ length: count }, (_, i) =>
        onSlider(control, min + ((max - min) * i) / (count - 1)),
      );
      return [...new Set(spread.map(roundOff))];
    }
    case 'dropdown':
      return control.options.slice(0, count);
    case 'checkbox':
      return [false, true];
    case 'button':
      return [control.initial];
  }
}

function withInitial(values: readonly unknown[], control: Control<unknown>): readonly unknown[] {
  if (control.kind === 'dropdown') return [...values.slice(0, -1), control.initial];
  return [...(values as number[]), control.initial as number].sort((a, b) => a - b);
}
