import { SingleBar } from 'cli-progress';
import type { FetchProgress } from '../../data/fetch-file';
import { shownBytes } from '../formats/limits';

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
