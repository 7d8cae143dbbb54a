import { z } from 'zod';
import { badInput, UserError } from '../errors';
import { readJson } from '../platform/formats/read-file';
import type { StudyResult } from './study-result';

export const studyResultSchema = 'ccl-lab/study-result/2';

const interval = z
  .object({
    estimate: z.number().nullable(),
    low: z.number().nullable(),
    high: z.number().nullable(),
    method: z.object({ name: z.string() }).passthrough(),
  })
  .passthrough();
/** Losses of records are checked as a list only: there are many. */
const losses = z.custom<readonly number[]>(Array.isArray, 'Must be a list of numbers').default(() => []);
const run = z
  .object({
    seed: z.number(),
    block: z.string(),
    testAccuracy: z.number(),
    attacks: z.array(
      z.object({ name: z.string(), title: z.string(), advantage: interval, auc: interval }).passthrough(),
    ),
    path: z.array(z.object({ epoch: z.number() }).passthrough()),
    memberLosses: losses,
    nonMemberLosses: losses,
  })
  .passthrough();
const defense = z
  .object({
    key: z.string(),
    name: z.string(),
    options: z.record(z.unknown()),
    recipe: z.record(z.unknown()),
    title: z.string(),
    label: z.string(),
    runs: z.array(run).min(1, 'Must hold at least one run'),
    summary: z.record(interval),
  })
  .passthrough();
const resultShape = z
  .object({
    name: z.string(),
    command: z.string(),
    data: z.object({ title: z.string(), synthetic: z.boolean(), sha256: z.string() }).passthrough(),
    model: z.object({ name: z.string(), label: z.string() }).passthrough(),
    settings: z
      .object({
        recipe: z.object({ epochs: z.number() }).passthrough(),
        split: z.object({ name: z.string(), title: z.string() }).passthrough(),
        seeds: z.array(z.number()),
        shadows: z.number(),
        ensemble: z.number().nullable(),
        adversary: z.string(),
      })
      .passthrough(),
    backend: z.object({ name: z.string() }).passthrough(),
    selections: z
      .array(z.object({ name: z.string(), rule: z.object({ by: z.string() }).passthrough() }).passthrough())
      .default(() => []),
    defenses: z.array(defense).min(1, 'Must hold at least one defense'),
    comparisons: z.array(z.object({ defense: z.string(), metric: z.string() }).passthrough()),
    blocks: z.object({ trained: z.number(), reused: z.number() }),
  })
  .passthrough();

/** The `schema` of a value that came from a JSON file; null if it names none. */
export function schemaOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return null;
  return typeof value.schema === 'string' ? value.schema : null;
}

/**
 * The result of a study from a file that `ccl study run --json FILE` or `ccl study export --format json` wrote. Losses of
 * single records may be left out of the file; `memberLosses` and `nonMemberLosses` are then empty.
 *
 * @throws UserError that names the file, if it cannot be read, is no JSON, is no result, or lacks a part of one
 */
export function readStudyResult(file: string): StudyResult {
  return studyResultFrom(file, readJson(file));
}

/** The result in the content of a file, checked. */
export function studyResultFrom(file: string, value: unknown): StudyResult {
  const remedy = 'Pass a file that ccl study run --json or ccl study export --format json wrote';
  if (schemaOf(value) === 'ccl-lab/study-result/1') {
    throw new UserError(
      `${file} was written by an earlier version: its schema is "ccl-lab/study-result/1", and this one reads ` +
        `"${studyResultSchema}". If the study's blocks are kept, write it again with ccl study export --format json; ` +
        'else convert it, as docs/studies.md says under «Results of earlier versions».',
    );
  }
  if (schemaOf(value) !== studyResultSchema) {
    throw badInput(`the schema of ${file}`, schemaOf(value), `must be "${studyResultSchema}"`, remedy);
  }
  const parsed = resultShape.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new UserError(
      `${file} is not a whole result of a study: ${path.join('.')}: ${message}. ${remedy}.`,
    );
  }
  // What has been checked is what the figures and the tables start from; the rest stands beside it in the same file.
  const result = parsed.data as unknown as StudyResult;
  // Exports of earlier versions name no command; what can be said of them is where their numbers lie.
  return result.command === '' ? { ...result, command: `npx ccl study report ${file}` } : result;
}
