import FFT from 'fft.js';
import type { LossWindow } from './loss-window';
import type { GridLosses } from './step-losses';

/** Losses of one step on a grid, and how many such steps. */
export interface RepeatedLosses {
  readonly step: GridLosses;
  readonly steps: number;
}

/**
 * The sum of independent losses, all on grids of one width, by the discrete Fourier transform on a circle that spans at
 * least the window. What lies outside of the window wraps around: mass from below the window then counts as loss above,
 * which is no smaller; the caller adds what lies above the window to `infinite`.
 */
export function composeLosses(parts: readonly RepeatedLosses[], window: LossWindow): GridLosses {
  const { width } = parts[0].step;
  const lowest = Math.floor(window.low / width);
  const size = powerOfTwo(Math.ceil(window.high / width) - lowest + 1);
  const fft = new FFT(size);
  const product = new Float64Array(2 * size);
  const spectrum = new Float64Array(2 * size);
  parts.forEach(({ step, steps }, which) => {
    fft.realTransform(spectrum, onCircle(step, size));
    multiplyPower(product, spectrum, steps, which === 0);
  });
  fft.completeSpectrum(product);
  fft.inverseTransform(spectrum, product);
  const start = modulo(lowest, size);
  const mass = new Float64Array(size);
  for (let i = 0; i < size; i++) mass[i] = spectrum[2 * ((start + i) % size)];
  const logFinite = parts.reduce((sum, { step, steps }) => sum + steps * Math.log1p(-step.infinite), 0);
  return { width, lowest, mass, infinite: -Math.expm1(logFinite) };
}

/** How many grid points a composition over a window takes. */
export function powerOfTwo(atLeast: number): number {
  return 2 ** Math.max(2, Math.ceil(Math.log2(atLeast)));
}

function onCircle({ lowest, mass }: GridLosses, size: number): Float64Array {
  const circle = new Float64Array(size);
  let at = modulo(lowest, size);
  for (const m of mass) {
    circle[at] += m;
    at = at + 1 === size ? 0 : at + 1;
  }
  return circle;
}

function modulo(i: number, size: number): number {
  return ((i % size) + size) % size;
}

/** Multiplies the first half of a spectrum (or, the first time, sets it) by a power of another one. */
function multiplyPower(product: Float64Array, spectrum: Float64Array, power: number, first: boolean): void {
  for (let i = 0; i <= product.length / 2; i += 2) {
    const length = Math.hypot(spectrum[i], spectrum[i + 1]) ** power;
    const angle = Math.atan2(spectrum[i + 1], spectrum[i]) * power;
    const [re, im] = [length * Math.cos(angle), length * Math.sin(angle)];
    const [a, b] = first ? [1, 0] : [product[i], product[i + 1]];
    product[i] = a * re - b * im;
    product[i + 1] = a * im + b * re;
  }
}
