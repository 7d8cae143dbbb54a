import type { Tensor } from './tensor';

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The part of the native backend that runs any operation of TensorFlow by name. */
export interface NativeBackend {
  readonly binding: Readonly<Record<string, number>>;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[];
}

type AttributeKind = 'TYPE' | 'INT' | 'FLOAT' | 'BOOL' | 'STRING' | 'SHAPE';

export function attributeMaker({ binding }: NativeBackend) {
  return (name: string, kind: AttributeKind, value: unknown): Attribute => ({
    name,
    type: binding[`TF_ATTR_${kind}`],
    value,
  });
}
