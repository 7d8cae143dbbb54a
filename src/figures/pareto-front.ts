/** A point whose cost is to be small and whose gain is to be large. */
export interface TradeOff {
  readonly cost: number;
  readonly gain: number;
}

/**
 * Places of the points that no other point beats: none has a cost as low and a gain as high with one of the two better.
 * In ascending order of cost; equal points are all kept.
 */
export function paretoFront(points: readonly TradeOff[]): number[] {
  const order = Array.from(points.keys()).sort(
    (a, b) => points[a].cost - points[b].cost || points[b].gain - points[a].gain,
  );
  const front: number[] = [];
  for (const i of order) {
    const last = front[front.length - 1];
    const isBetter = last === undefined || points[i].gain > points[last].gain;
    const isEqual =
      last !== undefined && points[i].cost === points[last].cost && points[i].gain === points[last].gain;
    if (isBetter || isEqual) front.push(i);
  }
  return front;
}
