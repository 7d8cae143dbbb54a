import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { model, modelFromData, modelNames, models, type ModelName } from '../../src/models/registry';
import { fixture } from './torch-cases';

const imageNames = modelNames.filter((name) => name !== 'mlp') as Exclude<ModelName, 'mlp'>[];

describe('models', () => {
  it('have PyTorch’s parameter counts', () => {
    Object.entries(fixture.counts).forEach(([title, count]) => {
      const [name, ...rest] = title.split(' ');
      const options = {
        classes: Number(rest[rest.length - 1]),
        ...(rest.length > 1 ? { classifier: rest[0] } : {}),
      };
      expect([title, modelFromData({ name, options }).parameterCount]).toEqual([title, count]);
    });
  });

  it('have the counts that torchvision’s documentation gives for 1000 classes, and ResNet-18 with 10', () => {
    const count = (name: string, options: object): number => modelFromData({ name, options }).parameterCount;
    expect(count('resnet18', {})).toBe(11_181_642);
    expect(count('resnet18', { classes: 1000 })).toBe(11_689_512);
    expect(count('resnet34', { classes: 1000 })).toBe(21_797_672);
    expect(count('resnet50', { classes: 1000 })).toBe(25_557_032);
    expect(count('densenet121', { classes: 1000 })).toBe(7_978_856);
    expect(count('vgg11', { classes: 1000, classifier: 'torchvision' })).toBe(132_868_840);
  });

  it('refuses weights that no memory holds, before they are drawn', () => {
    const wide = model('mlp', { features: 446, hidden: [1e9], classes: 30 });
    expect(() => wide.initial({ seed: 1, role: 'target' })).toThrow(
      /number of weights of a layer is 446000000000, but must be at most/,
    );
  });

  it('group norm keeps the count and the names, and has no running statistics', () => {
    for (const name of imageNames.filter((each) => each !== 'cnn') as Exclude<ModelName, 'mlp' | 'cnn'>[]) {
      const [batch, group] = [model(name), model(name, { norm: 'group' })];
      expect(group.parameters).toEqual(batch.parameters);
      expect([batch.hasBatchNorm, group.hasBatchNorm, group.buffers.length]).toEqual([true, false, 0]);
    }
  });

  it.each(imageNames)('%s: its spec is plain JSON that makes the same network again', (name) => {
    const network = model(name, { classes: 7, dropout: 0.5 });
    const again = modelFromData(JSON.parse(JSON.stringify(network.spec)) as typeof network.spec);
    expect(again.spec).toEqual(network.spec);
    expect(again.parameters).toEqual(network.parameters);
    expect(network.spec.options).toMatchObject({ classes: 7, dropout: 0.5, input: [32, 32, 3] });
    expect(network.revision).toBe(models[name].revision);
  });

  it('the mlp has the names of the official code', () => {
    const network = model('mlp', { features: 446, classes: 30 });
    expect(network.parameters.map(({ name }) => name)).toEqual(
      [0, 2, 4, 6]
        .flatMap((i) => [`features.${i}.weight`, `features.${i}.bias`])
        .concat('classifier.weight', 'classifier.bias'),
    );
  });

  it('start as their revision did: whoever changes the numbers raises it', () => {
    const found = (['cnn', 'resnet20', 'wideresnet-28-2', 'densenet121'] as const).map((name) => {
      const { parameters, buffers } = model(name).initial({ seed: 1, role: 'target' });
      const hash = createHash('sha256');
      [...parameters, ...buffers].forEach((w) => hash.update(new Uint8Array(w.buffer)));
      return [name, models[name].revision, hash.digest('hex').slice(0, 12)];
    });
    expect(found).toEqual([
      ['cnn', 1, 'cbd46b10aa9e'],
      ['resnet20', 1, '8c5c3ff5f94d'],
      ['wideresnet-28-2', 1, 'a24bcd071237'],
      ['densenet121', 1, 'a7712669f591'],
    ]);
  });

  it('draw each initializer with its variance; classifiers as PyTorch does', () => {
    const fanIn = 3 * 3 * 16;
    const fanOut = 3 * 3 * 32;
    const expected = {
      pytorch: 1 / (3 * fanIn),
      'he-in': 2 / fanIn,
      'he-out': 2 / fanOut,
      glorot: 2 / (fanIn + fanOut),
    } as const;
    for (const [initializer, variance] of Object.entries(expected)) {
      const network = modelFromData({ name: 'resnet20', options: { initializer } });
      const { parameters } = network.initial({ seed: 5, role: 'target' });
      const squares = (name: string): number => {
        const values = parameters[network.parameters.findIndex((info) => info.name === name)];
        return values.reduce((sum, w) => sum + w * w, 0) / values.length;
      };
      // 4,608 draws: five standard errors of a variance are at most 10 %.
      expect(squares('layer2.0.conv1.weight') / variance).toBeCloseTo(1, 0.9);
      expect(squares('fc.weight') * 3 * 64).toBeCloseTo(1, 0.9);
    }
  });

  it('refuse unknown names, options, values, and images that are too small, each by name', () => {
    expect(() => modelFromData({ name: 'resnet19' })).toThrow(
      /"resnet19" is no model. Did you mean "resnet18"/,
    );
    expect(() => modelFromData({ name: 'resnet18', options: { clases: 3 } })).toThrow(
      /Did you mean "classes"/,
    );
    expect(() => model('resnet18', { classes: 0 })).toThrow(/classes is 0, but must be a whole number/);
    expect(() => model('mlp', { features: 2, classes: 2, dropout: 1 })).toThrow(/dropout is 1/);
    expect(() => model('vgg11', { input: [16, 16, 3] })).toThrow(/height or width before a layer is 1/);
    // @ts-expect-error the features of a table are needed
    expect(() => model('mlp', { classes: 2 })).toThrow(/features/);
  });
});
