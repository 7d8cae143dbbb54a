import type { Layer } from './layers/layer';
import { sequence } from './layers/composition';

/** Makes layers one after the other, each for the shape that the one before gives. */
export class Chain {
  private readonly layers: Layer[] = [];

  constructor(
    /** Shape of one record at the end of the chain so far. */
    public shape: readonly number[],
  ) {}

  /** Appends the layer that `make` gives for the present shape. */
  then(make: (shape: readonly number[]) => Layer): this {
    const layer = make(this.shape);
    this.layers.push(layer);
    this.shape = layer.outputShape;
    return this;
  }

  end(): Layer {
    return sequence(this.layers);
  }
}
