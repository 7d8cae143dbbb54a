import { lineExtent, textWidth } from './text';

/** A mark and the text that should stand beside it, in pixels from any corner, y downwards. */
export interface Labelled {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** Stands on a line rather than nowhere. */
  readonly isNeeded?: boolean;
}

export interface PlacementOptions {
  /** Font size in pixels. */
  readonly size: number;
  /** Half the width of a mark in pixels. */
  readonly mark: number;
  /** Where texts may stand. */
  readonly width: number;
  readonly height: number;
  /** Lines that texts should not stand on, as points that they go through; given up for needed texts where nothing else is free. */
  readonly lines?: readonly (readonly { readonly x: number; readonly y: number }[])[];
}

/** Plotly's names for sides of a mark, in order of preference, with the direction from the mark (y downwards). */
const sides = [
  ['top center', 0, -1],
  ['bottom center', 0, 1],
  ['middle right', 1, 0],
  ['middle left', -1, 0],
  ['top right', 1, -1],
  ['top left', -1, -1],
  ['bottom right', 1, 1],
  ['bottom left', -1, 1],
] as const;
export type LabelSide = (typeof sides)[number][0];

type Rectangle = readonly [left: number, top: number, right: number, bottom: number];

/**
 * Chooses a side of its mark for each text so that it covers no mark and no other text and stays inside; null where there
 * is no such side. Texts that come first choose first.
 */
export function placeLabels(
  labels: readonly Labelled[],
  { size, mark, width, height, lines = [] }: PlacementOptions,
): (LabelSide | null)[] {
  const marks = labels.map(({ x, y }): Rectangle => [x - mark, y - mark, x + mark, y + mark]);
  const onLines = lines.flatMap(alongLine);
  const taken: Rectangle[] = [];
  const { ascent, descent } = lineExtent(size);
  // The extent of a line leaves room for accents that digits and small letters do not need.
  const tall = (ascent + descent) * 0.75;
  return labels.map(({ x, y, text, isNeeded = false }, own) => {
    if (text === '') return null;
    const wide = textWidth(text, size);
    const wanted = sides
      .map((side) => ({ side, avoid: onLines }))
      .concat(isNeeded ? sides.map((side) => ({ side, avoid: [] })) : []);
    for (const {
      side: [side, across, down],
      avoid,
    } of wanted) {
      const middleX = x + across * (mark + 2 + wide / 2);
      const middleY = y + down * (mark + 1 + tall / 2);
      const box: Rectangle = [middleX - wide / 2, middleY - tall / 2, middleX + wide / 2, middleY + tall / 2];
      // In a crowd a text that is not needed would only be one more: a pointer shows it.
      const room = isNeeded ? box : grown(box, crowding);
      const isInside = box[0] >= 0 && box[1] >= 0 && box[2] <= width && box[3] <= height;
      const isFree =
        marks.every((other, i) => i === own || !overlap(room, other)) &&
        taken.every((other) => !overlap(room, other)) &&
        avoid.every((other) => !overlap(box, other));
      if (!isInside || !isFree) continue;
      taken.push(box);
      return side;
    }
    return null;
  });
}

/** Pixels around a text that is not needed in which no mark and no other text may stand. */
const crowding = 5;

function grown([left, top, right, bottom]: Rectangle, by: number): Rectangle {
  return [left - by, top - by, right + by, bottom + by];
}

/** A row of small boxes on a line. */
function alongLine(points: readonly { readonly x: number; readonly y: number }[]): Rectangle[] {
  return points.slice(1).flatMap((end, i) => {
    const start = points[i];
    const steps = Math.max(1, Math.ceil(Math.hypot(end.x - start.x, end.y - start.y) / 3));
    return Array.from({ length: steps + 1 }, (_, k): Rectangle => {
      const [x, y] = [start.x + ((end.x - start.x) * k) / steps, start.y + ((end.y - start.y) * k) / steps];
      return [x - 1, y - 1, x + 1, y + 1];
    });
  });
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}
