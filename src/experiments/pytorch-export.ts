import { join } from 'node:path';
import type { FeatureColumn } from '../data/user-table';
import type { Dataset } from '../data/dataset';
import { trainScaling } from '../data/scaling';
import { UserError } from '../errors';
import { modelFromData } from '../models/registry';
import { writeNpz } from '../platform/formats/npz';
import type { ArrayToWrite } from '../platform/formats/npy';
import { encodeSafetensors } from '../platform/formats/safetensors';
import { makeFolder, writeFileWhole } from '../platform/formats/write-file';
import { defendedNetwork } from '../training/train';
import { fileFacts } from './analyze';
import { blockId } from './block';
import { blockData } from './block-data';
import type { Plan, PlannedModel } from './plan';
import type { Store } from './store/store';
import type { Study } from './study';
import type { StudyDefense } from './study-defenses';

/** How PyTorch gets at a model of the folder; networks other than mlp are handed in. */
const loader = `"""Models of a study for PyTorch: \`from loader import study, load\`, then \`load(study["models"][0])\`."""
import collections, json, pathlib
import numpy, torch
from safetensors.torch import load_file

here = pathlib.Path(__file__).parent
study = json.loads((here / "study.json").read_text())
splits = numpy.load(here / "splits.npz")

def mlp(features, hidden, classes, **_):
    sizes = [features, *hidden]
    layers = [layer for a, b in zip(sizes, sizes[1:]) for layer in (torch.nn.Linear(a, b), torch.nn.Tanh())]
    parts = {"features": torch.nn.Sequential(*layers), "classifier": torch.nn.Linear(sizes[-1], classes)}
    return torch.nn.Sequential(collections.OrderedDict(parts))

def load(model, module=None):
    """The module and its split: arrays "members" and "non_members" (record numbers from 0), "shift" and "scale" (of x)."""
    module = mlp(**model["network"]["options"]) if module is None else module
    module.load_state_dict(load_file(here / model["weights"]))
    own = {key.split("/")[1]: splits[key] for key in splits.files if key.split("/")[0] == model["name"]}
    return module.eval(), own
`;

/** A model as study.json lists it. */
export interface ExportedModel {
  /** Of its arrays in splits.npz: NAME/members and so on. */
  readonly name: string;
  readonly weights: string;
  /** Key of the defense in the study. */
  readonly defense: string;
  readonly seed: number;
  readonly role: 'target' | 'shadow';
  readonly index: number;
  readonly network: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
}

/**
 * Writes all models of a study for PyTorch: weights by PyTorch's names and in its layout, who was trained on which records,
 * the order of classes and columns, and a loader. What an output defense does to the answers is no part of the weights.
 *
 * @returns the files
 * @throws UserError if a block is missing, or a file cannot be written
 */
export async function exportForPytorch(
  of: { readonly study: Study; readonly plan: Plan; readonly data: Dataset; readonly store: Store },
  folder: string,
): Promise<string[]> {
  const { study, plan, data, store } = of;
  makeFolder(folder);
  const models: ExportedModel[] = [];
  const splits: Record<string, ArrayToWrite> = {};
  const files: string[] = [];
  for (const { planned, defense, seed } of plannedModels(study, plan)) {
    const { block, place } = planned;
    const { role, index } = block.models[place];
    const weights = store.readWeights(block)?.[place];
    if (weights === undefined) {
      throw new UserError(
        `Weights of ${defense.key}, seed ${seed}, are not in the store. Run the study first.`,
      );
    }
    const number = role === 'target' && study.ensemble === null ? '' : ` ${index + 1}`;
    const name = fileWord(`${defense.key} seed ${seed} ${role}${number}`);
    const network = defendedNetwork({ network: modelFromData(block.model), defense: defense.defense });
    const file = `${name}.safetensors`;
    const metadata = { model: JSON.stringify(network.spec) };
    writeFileWhole(join(folder, file), encodeSafetensors({ arrays: weights, metadata }));
    files.push(join(folder, file));
    models.push({ name, weights: file, defense: defense.key, seed, role, index, network: network.spec });
    const dealt = blockData(block, data);
    const { members, nonMembers } = dealt.recordsOf({ role, index });
    const put = (what: string, values: Int32Array | Float64Array): void => {
      splits[`${name}/${what}`] = { shape: [values.length], data: values };
    };
    put('members', members);
    put('non_members', nonMembers);
    if (data.scaling === undefined) continue;
    const { shift, scale } = trainScaling(dealt.dataset, members, data.scaling);
    put('shift', shift);
    put('scale', scale);
  }
  const { name, sha256, records, features, classes, classNames } = data;
  const { columns = null } = data as { readonly columns?: readonly FeatureColumn[] };
  const description = {
    schema: 'ccl-lab/pytorch-export/1',
    study: study.name,
    data: { name, sha256, records, features, file: fileFacts(study, data), canaries: study.canaries },
    classes: classNames ?? Array.from({ length: classes }, (_, i) => String(i)),
    columns,
    models,
  };
  const [json, npz, python] = ['study.json', 'splits.npz', 'loader.py'].map((each) => join(folder, each));
  writeFileWhole(json, `${JSON.stringify(description, null, 1)}\n`);
  await writeNpz(npz, splits, { compress: true });
  writeFileWhole(python, loader);
  return [json, npz, python, ...files];
}

interface NamedModel {
  readonly planned: PlannedModel;
  readonly defense: StudyDefense;
  readonly seed: number;
}

/** Each model once: the shadow models of an adversary who does not adapt serve all defenses. */
function plannedModels({ adversary, defenses }: Study, { runs }: Plan): NamedModel[] {
  const all = runs.flatMap(({ defense, seed, targets, shadows }) => {
    const imitated = adversary === 'adaptive' ? defense : defenses[0];
    return [
      ...targets.map((planned) => ({ planned, defense, seed })),
      ...shadows.map((planned) => ({ planned, defense: imitated, seed })),
    ];
  });
  return [
    ...new Map(all.map((each) => [`${blockId(each.planned.block)} ${each.planned.place}`, each])).values(),
  ];
}

/** What may stand in a file name everywhere. */
function fileWord(text: string): string {
  return text.replace(/[^\w.-]+/g, '-');
}
