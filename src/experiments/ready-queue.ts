import type { PlannedBlock } from './plan';

/**
 * Hands out blocks whose needs are met, in the order of the plan; several workers may draw from it. Blocks that another
 * process seems to train come last, so that two of them share the work instead of waiting for each other.
 */
export class ReadyQueue {
  private readonly waiting: PlannedBlock[];
  /** Ids that are not finished yet. */
  private readonly open: Set<string>;
  private wake: (() => void)[] = [];

  constructor(
    blocks: readonly PlannedBlock[],
    private readonly isElsewhere: (block: PlannedBlock) => boolean = () => false,
  ) {
    this.waiting = [...blocks];
    this.open = new Set(blocks.map(({ id }) => id));
  }

  /** The next block, as soon as one is ready; undefined when none is left, or after `stop`. */
  async next(): Promise<PlannedBlock | undefined> {
    for (;;) {
      if (this.waiting.length === 0) return undefined;
      const ready = this.waiting.filter(({ needs }) => needs.every((id) => !this.open.has(id)));
      const next = ready.find((block) => !this.isElsewhere(block)) ?? ready[0];
      if (next !== undefined) return this.waiting.splice(this.waiting.indexOf(next), 1)[0];
      await new Promise<void>((resolve) => this.wake.push(resolve));
    }
  }

  finish({ id }: PlannedBlock): void {
    this.open.delete(id);
    this.wakeAll();
  }

  /** Gives up a block and those that need it. @returns how many of the others are given up */
  fail({ id }: PlannedBlock): number {
    const lost = new Set([id]);
    let found: PlannedBlock | undefined;
    const isLost = ({ needs }: PlannedBlock): boolean => needs.some((need) => lost.has(need));
    while ((found = this.waiting.find(isLost)) !== undefined) {
      lost.add(found.id);
      this.waiting.splice(this.waiting.indexOf(found), 1);
    }
    this.wakeAll();
    return lost.size - 1;
  }

  stop(): void {
    this.waiting.length = 0;
    this.wakeAll();
  }

  private wakeAll(): void {
    const sleeping = this.wake;
    this.wake = [];
    sleeping.forEach((wake) => wake());
  }
}

/**
 * The blocks that must be trained: those that results are read from and that are not there, and what these need that is
 * not there either. Parts of a finished model are not missed.
 */
export function missingBlocks(
  blocks: readonly PlannedBlock[],
  isThere: (block: PlannedBlock) => boolean,
): PlannedBlock[] {
  const known = new Map(blocks.map((block) => [block.id, block]));
  const missing = new Set<string>();
  const visit = (block: PlannedBlock): void => {
    if (missing.has(block.id) || isThere(block)) return;
    missing.add(block.id);
    block.needs.forEach((id) => visit(known.get(id)!));
  };
  blocks.filter(({ spec }) => spec.part === null).forEach(visit);
  return blocks.filter(({ id }) => missing.has(id));
}
