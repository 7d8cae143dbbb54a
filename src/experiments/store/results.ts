import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileWhole } from '../../platform/formats/write-file';
import { canonicalJson } from '../block';
import { hash } from './block-folder';

/** What a result was computed from: everything that determines it. */
export interface ResultKey {
  /** `attack` for an AttackResult, which the view `attacks` shows; any other word for other values. */
  readonly kind: string;
  /**
   * Block ids, with the place of the model where a block has several (`<id>/3`): the target first. Another text may stand
   * for many models.
   */
  readonly models: readonly string[];
  /** Raised when the same input gives another value. */
  readonly revision: number;
  /**
   * Whatever else was chosen; of an attack its name as `attack` and its options, `leaveOneOut` (number of models) if each
   * model was attacked in turn.
   */
  readonly options: Readonly<Record<string, unknown>>;
  /** What the attacks compute (`attackBehavior`); a result kept before this was told has none, and is not taken. */
  readonly behavior?: string;
}

/** A kept result. */
export interface StoredResult {
  readonly key: ResultKey;
  readonly value: unknown;
}

const schema = 'ccl-lab/result/1';

/** The name of a result: SHA-256 of its key in canonical form, the first 32 hex digits. */
export function resultId(key: ResultKey): string {
  return hash(canonicalJson(key)).slice(0, 32);
}

/** The blocks that a result names. */
export function blocksOf({ models }: ResultKey): string[] {
  return models.map((model) => model.split('/')[0]).filter((id) => /^[0-9a-f]{32}$/.test(id));
}

/** The value, or undefined if there is none or the file is damaged: then it is made again. */
export function readResultFile(folder: string, id: string): StoredResult | undefined {
  try {
    const text = readFileSync(join(folder, `${id}.json`), 'utf8');
    const line = text.indexOf('\n');
    const body = text.slice(line + 1);
    const head = JSON.parse(text.slice(0, line)) as { schema: string; sha256: string };
    if (head.schema !== schema || head.sha256 !== hash(body)) return undefined;
    return JSON.parse(body, restored) as StoredResult;
  } catch {
    return undefined;
  }
}

/** A first line with the checksum of the second, which is the result. */
export function writeResultFile(folder: string, { key, value }: StoredResult): void {
  const body = `${JSON.stringify({ key, value }, storable)}\n`;
  const head = JSON.stringify({ schema, sha256: hash(body) });
  writeFileWhole(join(folder, `${resultId(key)}.json`), `${head}\n${body}`);
}

/** Ids of all results. */
export function resultIds(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => /^([0-9a-f]{32})\.json$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}

/** Numbers that JSON does not have. */
function storable(_key: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) throw new Error('a result must be plain JSON, without typed arrays');
  if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return { $number: Object.is(value, -0) ? '-0' : String(value) };
}

function restored(_key: string, value: unknown): unknown {
  const text = (value as { $number?: unknown } | null)?.$number;
  return typeof text === 'string' ? Number(text) : value;
}

/**
 * Raised when an attack or a summary gives something else from the same blocks. 3: intervals and notes are data. 4: records
 * are compared with equal numbers of models, and scored by what was learned without them.
 */
export const analysisRevision = 4;

/** What is computed from models that lie in a store. */
export interface ComputedFrom {
  /** `attack` for a StudyAttackResult. */
  readonly kind: string;
  /** Names of the models, the target first. */
  readonly models: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** What the attacks compute. */
  readonly behavior: string;
}

/** What a store does with results. */
interface KeepsResults {
  readResult(key: ResultKey): unknown;
  writeResult(key: ResultKey, value: unknown): void;
}

/** The value that was kept in the store, or else computed and kept. */
export async function keptResult<T>(
  store: KeepsResults,
  from: ComputedFrom,
  compute: () => T | Promise<T>,
): Promise<T> {
  const key = { ...from, revision: analysisRevision };
  const kept = store.readResult(key);
  if (kept !== undefined) return kept as T;
  const value = await compute();
  store.writeResult(key, value);
  return value;
}

/** One name for many models, so that keys stay short. */
export function modelsDigest(models: readonly string[]): string {
  return hash(canonicalJson(models)).slice(0, 32);
}
