import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { publishedChecksum } from './checksum';
import type { DatasetDefinition, Layout, SourceFile } from './dataset-definition';

/** A layout that is there, with the path of each of its files. */
export interface FoundLayout {
  readonly layout: Layout;
  readonly files: readonly string[];
}

/** All layouts of a data set that lie whole in the folder or one of its usual subfolders; fastest first. */
export function findLayouts(definition: DatasetDefinition, folder: string): FoundLayout[] {
  // Subfolders first: MNIST and Fashion-MNIST have files of the same names.
  const roots = [...definition.folders.map((name) => join(folder, name)), folder].filter((root) =>
    existsSync(root),
  );
  return definition.layouts.flatMap((layout) => {
    const whole = roots
      .map((root) => layout.paths.map((alternatives) => firstThere(root, alternatives)))
      .find((files) => files.every((file) => file !== undefined));
    return whole === undefined ? [] : [{ layout, files: whole as string[] }];
  });
}

function firstThere(root: string, alternatives: readonly string[]): string | undefined {
  return alternatives.map((name) => join(root, name)).find((path) => isThere(path));
}

/** A name that ends with `/` means a folder. */
function isThere(path: string): boolean {
  if (!existsSync(path)) return false;
  return statSync(path).isDirectory() === /[/\\]$/.test(path);
}

/** The published file that a found file is, by its name. */
export function publishedFile(definition: DatasetDefinition, path: string): SourceFile | undefined {
  const { files, otherFiles = [] } = definition.facts;
  return [...files, ...otherFiles].find(
    (file) =>
      file.name === basename(path) && (file.bytes !== undefined || publishedChecksum(file) !== undefined),
  );
}
