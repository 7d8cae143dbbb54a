"""Writes the outputs of PyTorch models and scikit-learn estimators for `ccl audit`.

One file, no dependency but numpy (and the framework that you use anyway). Copy it beside your training script
(`npx ccl shadows exporter --out ccl_export.py`), then:

    masks = load_masks("masks.npz")                 # bool [models, records], from `ccl shadows plan`
    for i in pending(masks, "shadows.npz"):         # goes on where an interrupted loop stopped
        net = train(subset(dataset, masks[i]))      # your own training, on the records of the mask
        export_torch("shadows.npz", net, dataset, labels, masks[i], mask_row=i)

Every call adds one model: its outputs on ALL records, in one order, and which of them it was trained on. The arrays:

    logits or probabilities  [models, records, classes]
    labels                   [records] int64
    members                  [models, records] bool
    mask_rows                [models] int64, the row of masks.npz, -1 if there is none
    optional                 population_logits or population_probabilities [models, Z, classes],
                             population_labels [Z], groups [records], record_ids [records], randomized_membership
"""

import hashlib
import os

import numpy as np

__all__ = [
    "load_masks",
    "pending",
    "subset",
    "append_row",
    "export_torch",
    "export_sklearn",
    "torch_logits",
    "sklearn_probabilities",
    "checksum",
]


def load_masks(path):
    """The plan of `ccl shadows plan`: bool [models, records], True = the model is trained on the record."""
    with np.load(path, allow_pickle=False) as file:
        if "members" not in file.files:
            raise ValueError(f"{path} has no array members; make it with: npx ccl shadows plan")
        masks = file["members"]
    if masks.ndim != 2 or not np.isin(masks, (0, 1)).all():
        raise ValueError(f"members in {path} must be 0 or 1, [models, records]")
    return masks.astype(bool)


def pending(masks, path):
    """Rows of the masks whose model is not in the file yet, in order."""
    done = set()
    if os.path.exists(path):
        with np.load(path, allow_pickle=False) as file:
            done = set(file["mask_rows"].tolist())
    return [i for i in range(len(masks)) if i not in done]


def subset(dataset, mask):
    """The records of a PyTorch data set that the mask names, as torch.utils.data.Subset."""
    from torch.utils.data import Subset

    mask = _mask(mask, len(dataset))
    return Subset(dataset, np.flatnonzero(mask).tolist())


def checksum(*arrays):
    """SHA-256 over the bytes of arrays, for `records_checksum`: shows that two files hold the same records."""
    digest = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def append_row(
    path,
    labels,
    member,
    logits=None,
    probabilities=None,
    mask_row=-1,
    population_logits=None,
    population_probabilities=None,
    population_labels=None,
    groups=None,
    record_ids=None,
    records_checksum=None,
    randomized_membership=None,
):
    """Adds one model to the file, or makes the file. It is written under another name first, then renamed.

    The whole file is written anew each time. Where that takes long (gigabytes), give each model a file of its own:
    `ccl audit target.npz shadow-*.npz` reads them all.
    """
    if (logits is None) == (probabilities is None):
        raise ValueError("give logits or probabilities, and only one of the two")
    name, outputs = ("logits", logits) if probabilities is None else ("probabilities", probabilities)
    outputs = _two_columns(_floats(outputs, name), name)
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        raise ValueError(f"{name} must be [records, classes] with two classes at least, not {outputs.shape}")
    labels = _class_numbers(labels, "labels", len(outputs), outputs.shape[1])
    row = {name: outputs[None], "members": _mask(member, len(outputs))[None], "mask_rows": np.array([mask_row])}
    shared = {"labels": labels}
    if population_labels is not None:
        inside = f"population_{name}"
        given = population_logits if name == "logits" else population_probabilities
        if given is None:
            raise ValueError(f"population_labels need {inside}")
        given = _two_columns(_floats(given, inside), inside)
        row[inside] = given[None]
        shared["population_labels"] = _class_numbers(
            population_labels, "population_labels", len(given), outputs.shape[1]
        )
    for key, value in (("groups", groups), ("record_ids", record_ids)):
        if value is not None:
            shared[key] = _one_a_record(value, key, len(outputs))
    if records_checksum is not None:
        shared["records_checksum"] = np.array(records_checksum)
    if randomized_membership is not None:
        shared["randomized_membership"] = np.array(bool(randomized_membership))
    if os.path.exists(path):
        row = _joined(path, row, shared)
    _write(path, {**shared, **row})


def export_torch(path, model, data, labels, member, population=None, batch_size=256, device=None, **options):
    """Adds a PyTorch model whose outputs are logits. See `torch_logits` for data, `append_row` for the options.

    population: (data, labels) of records that no model was trained on, or None.
    """
    if population is not None:
        options["population_logits"] = torch_logits(model, population[0], batch_size, device)
        options["population_labels"] = population[1]
    append_row(path, labels, member, logits=torch_logits(model, data, batch_size, device), **options)


def export_sklearn(path, estimator, x, labels, member, classes=None, population=None, **options):
    """Adds a scikit-learn classifier with predict_proba. See `append_row` for the options.

    classes: all classes in order; the sorted different labels if left out. Labels are stored as positions in it.
    population: (x, labels) of records that no model was trained on, or None.
    """
    classes = np.unique(labels) if classes is None else np.asarray(classes)
    if population is not None:
        options["population_probabilities"] = sklearn_probabilities(estimator, population[0], classes)
        options["population_labels"] = _positions(population[1], classes)
    probabilities = sklearn_probabilities(estimator, x, classes)
    append_row(path, _positions(labels, classes), member, probabilities=probabilities, **options)


def torch_logits(model, data, batch_size=256, device=None):
    """Logits [records, classes] as float32, without gradients, in evaluation mode (dropout and the like switched off).

    data: a tensor, an array, a Dataset (of inputs, (input, label) pairs or dicts of named inputs, as Hugging Face has
    them) or a DataLoader that does not shuffle. A dict goes to the model by its names, without labels. Outputs may be a
    tensor, or have it as .logits, ["logits"] or the first of a tuple.
    Augmentation must be switched off in it: the outputs are to be those of the records themselves.
    """
    import torch
    from torch.utils.data import DataLoader, SequentialSampler, TensorDataset

    if isinstance(data, np.ndarray):
        data = torch.from_numpy(data)
    if isinstance(data, torch.Tensor):
        data = TensorDataset(data)
    if not isinstance(data, DataLoader):
        data = DataLoader(data, batch_size=batch_size, shuffle=False)
    elif not isinstance(data.sampler, SequentialSampler) or data.drop_last:
        raise ValueError("the DataLoader must neither shuffle nor drop the last batch: order and number must stay")
    if device is None:
        device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            rows = [_logits_of(_answer(model, batch, device)).detach().float().cpu().numpy() for batch in data]
    finally:
        for module, training in modes:
            module.training = training
    return np.concatenate(rows)


def sklearn_probabilities(estimator, x, classes):
    """Probabilities [records, classes]; a class that the estimator was not trained on gets 0."""
    found = estimator.predict_proba(x)
    if isinstance(found, list):
        raise ValueError("estimators with several outputs cannot be exported: export one output at a time")
    probabilities = np.zeros((len(found), len(classes)))
    probabilities[:, _positions(estimator.classes_, np.asarray(classes))] = found
    return probabilities


_LABEL_NAMES = ("label", "labels", "target", "targets")


def _answer(model, batch, device):
    if hasattr(batch, "items"):
        inputs = {k: v.to(device) for k, v in batch.items() if k not in _LABEL_NAMES and hasattr(v, "to")}
        return model(**inputs)
    if isinstance(batch, (list, tuple)):
        return _answer(model, batch[0], device)
    return model(batch.to(device))


def _logits_of(outputs):
    """The tensor in what a model returns."""
    found = outputs
    if hasattr(found, "logits"):
        found = found.logits
    elif hasattr(found, "keys") and "logits" in found:
        found = found["logits"]
    elif isinstance(found, (list, tuple)) and len(found) > 0:
        found = found[0]
    if hasattr(found, "detach"):
        return found
    raise ValueError(
        f"the model returns {type(outputs).__name__}, in which no logits were found. Wrap it:\n"
        "    class Logits(torch.nn.Module):\n"
        "        def __init__(self, inner): super().__init__(); self.inner = inner\n"
        "        def forward(self, x): return self.inner(x)[...]  # the tensor [records, classes]"
    )


def _two_columns(values, name):
    """One output a record, as [records] or [records, 1]: the logits 0 and z, or the probabilities 1 - p and p."""
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        return values
    first = np.zeros_like(values) if name.endswith("logits") else 1 - values
    return np.stack([first, values], axis=1)


def _floats(values, name):
    values = np.asarray(values)
    if values.dtype not in (np.float16, np.float32, np.float64):
        values = values.astype(np.float64)
    # Minus infinity is the logarithm of the probability 0, which the audit reads.
    bad = np.argwhere(~(np.isfinite(values) | (np.isneginf(values) & name.endswith("logits"))))
    if len(bad):
        raise ValueError(
            f"{name}{bad[0].tolist()} is {values[tuple(bad[0])]}, but must be a finite number. "
            "The model has diverged there: train it again, or leave this model out"
        )
    return values


def _class_numbers(labels, name, count, classes):
    labels = _one_a_record(labels, name, count)
    if labels.dtype == bool or np.issubdtype(labels.dtype, np.floating):
        whole = np.flatnonzero(labels != np.floor(labels)) if labels.dtype != bool else ()
        if len(whole):
            raise ValueError(f"{name}[{whole[0]}] is {labels[whole[0]]}, but must be a whole number")
        labels = labels.astype(np.int64)
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"{name} must be whole numbers, not {labels.dtype}")
    bad = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(bad):
        raise ValueError(f"{name}[{bad[0]}] is {labels[bad[0]]}, but must be in 0 .. {classes - 1}")
    return labels.astype(np.int64)


def _one_a_record(values, name, count):
    values = np.asarray(values)
    if values.dtype == object:
        values = values.astype(str)
    if values.shape == (count, 1):
        values = values[:, 0]
    if values.shape != (count,):
        raise ValueError(f"{name} must have one value a record, [{count}], not {list(values.shape)}")
    return values


def _mask(member, count):
    member = np.asarray(member)
    if member.shape != (count,) or not np.isin(member, (0, 1)).all():
        raise ValueError(f"the mask must hold {count} values, True (trained on) or False, one a record")
    return member.astype(bool)


def _positions(labels, classes):
    labels = np.asarray(labels)
    order = np.argsort(classes, kind="stable")
    places = np.searchsorted(classes, labels, sorter=order)
    places = order[np.minimum(places, len(classes) - 1)]
    bad = np.flatnonzero(classes[places] != labels)
    if len(bad):
        raise ValueError(f"label {labels[bad[0]]!r} (position {bad[0]}) is none of the classes {list(classes)}")
    return places


def _joined(path, row, shared):
    with np.load(path, allow_pickle=False) as file:
        old = {name: file[name] for name in file.files}
    if sorted(old) != sorted({**row, **shared}):
        raise ValueError(f"{path} holds {sorted(old)}, but this model brings {sorted({**row, **shared})}")
    for name, value in shared.items():
        if not np.array_equal(old[name], value):
            raise ValueError(f"{name} differs from that in {path}: all models must be run on the same records")
    taken = old["mask_rows"]
    if row["mask_rows"][0] >= 0 and row["mask_rows"][0] in taken:
        raise ValueError(f"{path} has a model of mask row {row['mask_rows'][0]} already")
    for name, value in row.items():
        if old[name].shape[1:] != value.shape[1:]:
            raise ValueError(f"{name} has shape {value.shape[1:]}, but {path} holds {old[name].shape[1:]}")
    return {name: np.concatenate([old[name], value]) for name, value in row.items()}


def _write(path, arrays):
    path = os.fspath(path)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb") as file:
            np.savez(file, **arrays)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
