import { Command, Option } from 'commander';
import { dataFolder, findLayouts } from '../../data/data-folder';
import type { DatasetDefinition, DatasetFacts } from '../../data/dataset';
import { fetchDataset, type FetchedFile, verifyDataset, type Verification } from '../../data/fetch-dataset';
import { datasetNames, registered } from '../../data/registry';
import { parseBytes, shownBytes } from '../formats/limits';
import { interruptible } from './interrupt';
import { printJson } from './printed';
import { SingleBar } from 'cli-progress';
import type { FetchProgress } from '../../data/fetch-file';

interface DataOptions {
  readonly dataDir?: string;
  readonly maxMemory?: number;
  readonly from?: string;
  readonly json?: true;
}

/** `ccl data`: which data sets there are, where they come from, and whether the files are the right ones. */
export function dataCommand(): Command {
  return new Command('data')
    .description('list, fetch, verify and describe data sets')
    .addCommand(listCommand())
    .addCommand(
      namedCommand('fetch', 'download the official files; takes up what was cut off', fetch).option(
        '--from <address>',
        'a folder on the web with the same files, in place of the official addresses',
      ),
    )
    .addCommand(
      namedCommand(
        'verify',
        'read all files of a data set and compare checksums, counts and labels',
        verify,
      ).addOption(
        new Option('--max-memory <size>', 'memory that features and labels may take, e.g. 2GB').argParser(
          parseBytes,
        ),
      ),
    )
    .addCommand(namedCommand('describe', 'addresses, layouts, checksums, license, citation, notes', describe))
    .addHelpText(
      'after',
      '\nFiles that you have already: --data-dir or the environment variable CCL_DATA_DIR (docs/data.md).',
    );
}

function listCommand(): Command {
  return withCommonOptions(new Command('list').description('all data sets, and which are there')).action(
    list,
  );
}

function namedCommand(
  name: string,
  description: string,
  action: (name: string, options: DataOptions) => Promise<void>,
): Command {
  return withCommonOptions(
    new Command(name).description(description).argument('<name>', `data set: ${datasetNames.join(', ')}`),
  ).action(action);
}

function withCommonOptions(command: Command): Command {
  return command
    .option('--data-dir <folder>', 'folder with data sets (default: CCL_DATA_DIR, else out/data)')
    .option('--json', 'print as JSON');
}

async function list({ dataDir, json }: DataOptions): Promise<void> {
  const folder = dataFolder(dataDir);
  const all = datasetNames.map((name) => {
    const { title, synthetic, facts } = registered(name);
    const { records, features, classes, license } = facts ?? {};
    return { name, title, synthetic, records, features, classes, license, status: status(name, folder) };
  });
  if (json === true) return printJson({ folder, datasets: all });
  const rows = all.map(({ name, records, features, classes, status: found }) => [
    name,
    records === undefined ? '' : `${records} x ${features}, ${classes} classes`,
    found,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)));
  print(
    [
      ...rows.map(([name, size, found]) => `${name.padEnd(widths[0])}  ${size.padEnd(widths[1])}  ${found}`),
      `\nFolder: ${folder}`,
    ].join('\n'),
  );
}

/** Where a data set is, in words. */
function status(name: string, folder: string): string {
  const { synthetic, definition } = registered(name);
  if (synthetic) return 'generated';
  if (definition === undefined) return 'comes with the project';
  const [found] = findLayouts(definition({}), folder);
  return found === undefined ? 'not there' : found.layout.title;
}

/** The definition of a data set that is read from files; for the others the reason why there is nothing to do. */
function fromFiles(name: string): DatasetDefinition | string {
  const { title, synthetic, definition } = registered(name);
  if (definition !== undefined) return definition({});
  return synthetic
    ? `${title} is generated; there are no files.`
    : `${title} comes with the project, in data/.`;
}

async function fetch(name: string, { dataDir, from, json }: DataOptions): Promise<void> {
  const definition = fromFiles(name);
  if (typeof definition === 'string') {
    return json === true ? printJson({ name, files: [], note: definition }) : print(definition);
  }
  const progress = downloadProgress({ quiet: json === true });
  let files: FetchedFile[];
  try {
    files = await interruptible((signal) =>
      fetchDataset(definition, { dataDir, mirror: from, signal, onProgress: progress.show }),
    );
  } finally {
    progress.stop();
  }
  if (json === true) return printJson({ name, files });
  const lines = files.map(
    ({ path, status: how }) => `${path}: ${how === 'present' ? 'was there' : 'fetched'}, checked`,
  );
  print([...lines, `Next: npx ccl data verify ${name}`].join('\n'));
}

async function verify(name: string, { dataDir, maxMemory, json }: DataOptions): Promise<void> {
  const definition = fromFiles(name);
  if (typeof definition === 'string') {
    const { records, features, classes, sha256 } = await registered(name).load({});
    if (json === true) return printJson({ name, records, features, classes, sha256 });
    return print(
      `${definition} ${records} records x ${features} features, ${classes} classes; SHA-256 ${sha256}`,
    );
  }
  const { layouts } = await verifyDataset(definition, { dataDir, maxMemory });
  if (json === true) printJson({ name, layouts });
  else print(layouts.map(verifiedText).join('\n\n'));
}

function verifiedText(layout: Verification['layouts'][number]): string {
  const { title, files, records, features, classes, sha256, doubtful } = layout;
  return [
    `${title}: right`,
    ...files.map(
      ({ path, checksum }) => `  ${path}: ${checksum ?? 'no published checksum; content read and checked'}`,
    ),
    `  ${records} records x ${features} features, ${classes} classes`,
    `  SHA-256 of features and labels: ${sha256}`,
    ...(doubtful > 0
      ? [`  ${doubtful} doubtful records: leave them out of member and non-member pools`]
      : []),
  ].join('\n');
}

async function describe(name: string, { dataDir, json }: DataOptions): Promise<void> {
  const { title, synthetic, facts, definition } = registered(name);
  const folder = dataFolder(dataDir);
  const layouts = definition === undefined ? [] : definition({}).layouts.map((layout) => layout.title);
  const known = {
    name,
    title,
    synthetic,
    ...facts,
    doubtful: undefined,
    layouts,
    status: status(name, folder),
  };
  if (json === true) return printJson(known);
  const folders = definition === undefined ? [] : definition({}).folders;
  print(
    facts === undefined
      ? `${title}: generated, synthetic.`
      : factsText(facts, layouts, folders, known.status),
  );
}

function factsText(
  facts: DatasetFacts,
  layouts: readonly string[],
  folders: readonly string[],
  found: string,
): string {
  const { title, records, features, classes, officialTrain, image, files, otherFiles = [], notes } = facts;
  const pixels =
    image === undefined ? '' : ` (${image.height} x ${image.width} pixels, ${image.channels} channels)`;
  const boundary =
    officialTrain === undefined
      ? []
      : [`official training part: records 0 .. ${officialTrain - 1}, then the test part`];
  const fileLines = [...files, ...otherFiles].flatMap(({ name, urls, bytes, ...sums }) => [
    `  ${name}${bytes === undefined ? '' : `, ${bytes} bytes`}${checksumText(sums)}`,
    ...urls.map((url) => `    ${url}`),
  ]);
  return [
    `${title}: ${records} records x ${features} features${pixels}, ${classes} classes`,
    ...boundary,
    `source: ${facts.source}`,
    `page: ${facts.homepage}`,
    `license: ${facts.license}`,
    `cite: ${facts.citation}`,
    `status: ${found}`,
    'files:',
    ...fileLines,
    ...(layouts.length === 0
      ? []
      : [
          `layouts that are read (in the folder or in ${folders.join(', ')}):`,
          ...layouts.map((l) => `  ${l}`),
        ]),
    'notes:',
    ...notes.map((note) => `  ${note}`),
  ].join('\n');
}

function checksumText({ md5, sha256, gitBlob }: { md5?: string; sha256?: string; gitBlob?: string }): string {
  const sums = [md5 && `MD5 ${md5}`, sha256 && `SHA-256 ${sha256}`, gitBlob && `git blob ${gitBlob}`];
  const stated = sums.filter(Boolean);
  return stated.length === 0 ? '' : `, ${stated.join(', ')}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Shows downloads on stderr: a live bar in a terminal, a line each tenth elsewhere. */
export interface DownloadProgress {
  readonly show: FetchProgress;
  /** Puts the terminal back in order; call it also after a failure. */
  stop(): void;
}

/** @param quiet show nothing (`--json`) */
export function downloadProgress({
  quiet,
  out = process.stderr,
}: {
  quiet: boolean;
  out?: NodeJS.WriteStream;
}): DownloadProgress {
  if (quiet) return { show: () => undefined, stop: () => undefined };
  return out.isTTY ? bars(out) : lines(out);
}

function lines(out: NodeJS.WriteStream): DownloadProgress {
  let last = '';
  return {
    show({ file, received, total, resumedAt }) {
      const tenth =
        total === undefined ? Math.floor(received / 2 ** 24) : Math.floor((10 * received) / total);
      const key = `${file} ${tenth}`;
      if (key === last) return;
      const isFirst = !last.startsWith(`${file} `);
      last = key;
      const from = isFirst && resumedAt > 0 ? ` (going on from ${shownBytes(resumedAt)})` : '';
      const of = total === undefined ? '' : ` of ${shownBytes(total)}`;
      out.write(`${file}: ${shownBytes(received)}${of}${from}\n`);
    },
    stop: () => undefined,
  };
}

function bars(out: NodeJS.WriteStream): DownloadProgress {
  let bar: SingleBar | undefined;
  let current = '';
  const stop = (): void => bar?.stop();
  return {
    show({ file, received, total }) {
      if (file !== current) {
        stop();
        current = file;
        bar = new SingleBar({
          stream: out,
          format: '{bar} {file}  {shown}  {eta_formatted} left',
          barsize: 20,
          hideCursor: true,
        });
        bar.start(total ?? received, received, { file, shown: '' });
      }
      const shown =
        total === undefined ? shownBytes(received) : `${shownBytes(received)} of ${shownBytes(total)}`;
      bar?.setTotal(total ?? received);
      bar?.update(received, { file, shown });
    },
    stop,
  };
}
