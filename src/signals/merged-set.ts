import { UserError } from '../errors';
import type { FileContent } from './file-content';
import type { Row } from './row-keeper';
import type { SignalFile, SignalNote, SignalSet } from './signal-set';

/**
 * Joins the models of several files into one set.
 *
 * @throws UserError if the files do not hold the same records in the same order, as far as labels, groups, canaries,
 *   record ids and checksums tell, or if only some hold augmented or population outputs
 */
export function mergedSet(
  contents: readonly FileContent[],
  target: number,
  files?: readonly Omit<SignalFile, 'models'>[],
): SignalSet {
  for (const other of contents.slice(1)) checkSameRecords(contents[0], other);
  checkSameOptionals(contents);
  const { layout, labels } = contents[0];
  const { n, classes } = layout;
  const rows = contents.flatMap((content) => content.rows);
  const members = contents.flatMap((content) => content.members);
  const first = <Name extends keyof FileContent>(name: Name): FileContent[Name] | undefined =>
    contents.find((content) => content[name] !== undefined)?.[name];
  const [groups, recordIds, canaries, gradientNorms, trajectory] = [
    first('groups'),
    first('recordIds'),
    first('canaries'),
    first('gradientNorms'),
    first('trajectory'),
  ];
  const notes = [...contents.flatMap((content) => content.notes), ...mergeNotes(contents)];
  return {
    models: rows.length,
    n,
    classes,
    target,
    labels,
    members,
    model: (m) => ({ n, classes, logits: rows[m](), labels, members: members[m] }),
    ...optionalOutputs(contents),
    ...(groups && { groups }),
    ...(recordIds && new Set(recordIds).size < n && { repeatedIds: recordIds }),
    ...(gradientNorms && { gradientNorms }),
    ...(trajectory && { trajectory }),
    ...(canaries && { canaries }),
    randomizedMembership: contents.every((content) => content.randomizedMembership),
    ...(files && { files: files.map((file, i) => ({ ...file, models: contents[i].rows.length })) }),
    notes,
  };
}

function optionalOutputs(contents: readonly FileContent[]): Pick<SignalSet, 'augmented' | 'population'> {
  const [{ augmented, population, layout }] = contents;
  const out: { augmented?: SignalSet['augmented']; population?: SignalSet['population'] } = {};
  if (augmented) {
    const rows: Row[] = contents.flatMap((content) => content.augmented ?? []);
    out.augmented = { copies: layout.augmented!.copies, model: (m) => rows[m]() };
  }
  if (population) {
    const rows: Row[] = contents.flatMap((content) => content.population?.rows ?? []);
    const { labels } = population;
    out.population = { n: labels.length, labels, model: (m) => rows[m]() };
  }
  return out;
}

function checkSameRecords(a: FileContent, b: FileContent): void {
  const [one, two] = [a.layout, b.layout];
  for (const [what, x, y] of [
    ['records', one.n, two.n],
    ['classes', one.classes, two.classes],
  ] as const) {
    if (x !== y) throw differ(a, b, `${x} and ${y} ${what}`);
  }
  const lists: [string, ArrayLike<string | number> | undefined, ArrayLike<string | number> | undefined][] = [
    ['labels', a.labels, b.labels],
    ['record_ids', a.recordIds, b.recordIds],
    ['groups', a.groups, b.groups],
    ['canaries', a.canaries, b.canaries],
    ['population_labels', a.population?.labels, b.population?.labels],
  ];
  for (const [name, x, y] of lists) {
    if (x === undefined || y === undefined) continue;
    if (x.length !== y.length) throw differ(a, b, `${name} of lengths ${x.length} and ${y.length}`);
    for (let i = 0; i < x.length; i++) {
      if (x[i] !== y[i]) throw differ(a, b, `${name}[${i}] of ${x[i]} and ${y[i]}`);
    }
  }
  if (a.recordsChecksum && b.recordsChecksum && a.recordsChecksum !== b.recordsChecksum) {
    throw differ(a, b, `records_checksum ${a.recordsChecksum} and ${b.recordsChecksum}`);
  }
}

function differ(a: FileContent, b: FileContent, what: string): UserError {
  return new UserError(
    `${a.layout.source.path} and ${b.layout.source.path} have ${what}, but files of one audit must hold the same ` +
      'records in the same order. Export all models on one list of records.',
  );
}

function checkSameOptionals(contents: readonly FileContent[]): void {
  for (const name of ['augmented', 'population'] as const) {
    const without = contents.find((content) => content[name] === undefined);
    const having = contents.find((content) => content[name] !== undefined);
    if (without && having) {
      throw new UserError(
        `${having.layout.source.path} has ${name} outputs and ${without.layout.source.path} has none, but all files ` +
          'must have them or none. Export them for all models, or leave them out.',
      );
    }
  }
  const copies = contents.map((content) => content.layout.augmented?.copies);
  const odd = copies.findIndex((count) => count !== copies[0]);
  if (odd > 0) throw differ(contents[0], contents[odd], `${copies[0]} and ${copies[odd]} augmented copies`);
}

function mergeNotes(contents: readonly FileContent[]): SignalNote[] {
  const randomized = contents.filter((content) => content.randomizedMembership).length;
  const unchecked =
    contents.length > 1 && contents.some(({ recordIds, recordsChecksum }) => !recordIds && !recordsChecksum);
  return [
    ...(randomized > 0 && randomized < contents.length
      ? [{ code: 'randomized in some files only' } as const]
      : []),
    ...(unchecked ? [{ code: 'records compared by labels only' } as const] : []),
  ];
}
