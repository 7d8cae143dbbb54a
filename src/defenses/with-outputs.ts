import { badInput, UserError } from '../errors';
import { modelFromData } from '../models/registry';
import type { TensorFlow } from '../platform/backend/tensor';
import { joined } from '../platform/math/joined';
import type { Defense, OutputSetup } from '../training/defense';
import type { Trained, TrainingTask } from '../training/task';
import { defenseSetup } from '../training/train';
import type { TrainingKey } from '../training/records';

/**
 * A finished model behind an output defense: nothing is trained again. On a model that already has an output defense, the
 * new one works on what that one answers.
 *
 * @param trained what `train` gave
 * @param task what it was given
 * @returns the model as an adversary sees it
 * @throws UserError if the defense changes no outputs, or data that it needs is missing
 */
export function withOutputs(defense: Defense, trained: Trained, task: TrainingTask): Trained {
  const outputs = outputsOf(defense);
  const { network, signals, ask } = trained;
  const { members, nonMembers, backend } = task;
  const setup = { ...defenseSetup({ ...task, defense }), tf: backend.tf, network, logits: ask };
  const filter = outputs(setup);
  const x = joined(Float32Array, [members.x, nonMembers.x]);
  return {
    ...trained,
    signals: { ...signals, logits: filter(Float32Array.from(signals.logits), x) },
    ask: (queries) => filter(ask(queries), queries),
  };
}

/** Logits of a model that was trained elsewhere, row-major [rows, classes]. */
export interface PlainOutputs {
  readonly classes: number;
  /** On the model's members, for defenses that learn from them (MemGuard). */
  readonly members?: Float32Array;
  /** On records that are neither members nor non-members, for the same defenses. */
  readonly inference?: Float32Array;
  /** Whose random numbers; default seed 0, target. */
  readonly key?: TrainingKey;
}

/**
 * An output defense for plain logits, of any model: the filter turns logits, row-major [n, classes], into what an
 * adversary sees. A query is known by its logits.
 *
 * @throws UserError if the defense changes no outputs or asks the model about inputs of its own (HAMP), a length is no
 *   multiple of the classes, or data that the defense needs is missing
 */
export function outputFilter(
  defense: Defense,
  tf: TensorFlow,
  plain: PlainOutputs,
): (logits: Float32Array) => Float32Array {
  const outputs = outputsOf(defense);
  const filter = outputs(plainSetup(defense, tf, plain));
  return (logits) => {
    checkRows('logits', logits, plain.classes);
    return filter(logits, logits);
  };
}

/** A model whose inputs are its logits. */
function plainSetup(
  defense: Defense,
  tf: TensorFlow,
  { classes, members, inference, key }: PlainOutputs,
): OutputSetup {
  for (const need of defense.needs) {
    if (members !== undefined && inference !== undefined) break;
    throw new UserError(
      `${defense.label} learns from logits on members and on an inference set (${need}), and they are missing. ` +
        'Give `members` and `inference`.',
    );
  }
  const records = (name: string, x = new Float32Array(0)) => {
    checkRows(name, x, classes);
    return { x, y: new Int32Array(x.length / classes) };
  };
  return {
    members: records('members', members),
    inference: inference && records('inference', inference),
    classes,
    inputShape: [classes],
    key: key ?? { seed: 0, role: 'target', index: 0 },
    tf,
    network: modelFromData({ name: 'mlp', options: { features: classes, classes, hidden: [] } }),
    logits: (x) => {
      if (x === members || x === inference) return x;
      throw new UserError(
        `${defense.label} asks the model about inputs of its own, and of plain logits there is no model to ask. ` +
          'Use withOutputs on a trained model.',
      );
    },
  };
}

function checkRows(name: string, values: Float32Array, classes: number): void {
  if (Number.isInteger(classes) && classes >= 2 && values.length % classes === 0) return;
  throw badInput(
    `${name}.length`,
    values.length,
    `must be a multiple of the ${classes} classes (at least 2)`,
    'Give one row of logits a record, one after the other',
  );
}

function outputsOf({ outputs, label }: Defense): NonNullable<Defense['outputs']> {
  if (outputs !== undefined) return outputs;
  throw new UserError(
    `${label} changes the training, not the outputs, so a finished model cannot have it. Train with it, or ` +
      'use a defense that changes outputs (`ccl defenses` lists what each changes).',
  );
}
