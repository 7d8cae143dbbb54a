import { describe, expect, it } from 'vitest';
import {
  button,
  checkbox,
  dropdown,
  intSlider,
  onSlider,
  slider,
  type ControlValues,
} from '../../src/platform/live/controls';
import { live } from '../../src/platform/live/live';

describe('controls', () => {
  it('start where a reader expects', () => {
    expect(slider(0, 1)).toMatchObject({ min: 0, max: 1, step: 0.01, initial: 0.5 });
    expect(slider(0, 1, { value: 0.2, label: 'α' })).toMatchObject({ initial: 0.2, label: 'α' });
    expect(intSlider(1, 10)).toMatchObject({ step: 1, initial: 6 });
    expect(dropdown(['a', 'b'])).toMatchObject({ initial: 'a' });
    expect(dropdown(['a', 'b'], { value: 'b' })).toMatchObject({ initial: 'b' });
    expect(checkbox()).toMatchObject({ initial: false });
    expect(button('Go')).toMatchObject({ initial: 0, label: 'Go' });
  });

  it('give the types of their values', () => {
    const controls = {
      alpha: slider(0, 1),
      epochs: intSlider(1, 9),
      name: dropdown(['ce', 'focal']),
      size: dropdown([16, 32]),
      on: checkbox(true),
      again: button('Again'),
    };
    const { values } = live(controls, () => 'drawn');
    const numbers: number[] = [values.alpha, values.epochs, values.again];
    const on: boolean = values.on;
    const name: 'ce' | 'focal' = values.name;
    const size: 16 | 32 = values.size;
    // @ts-expect-error the union has no such member
    const wrong: ControlValues<typeof controls>['name'] = 'ccel';
    // @ts-expect-error a slider gives a number
    live({ alpha: slider(0, 1) }, ({ alpha }) => alpha.toUpperCase?.());
    expect([...numbers, on, name, size, wrong]).toEqual([0.5, 5, 0, true, 'ce', 16, 'ccel']);
  });

  it('keep decimal values decimal', () => {
    expect(onSlider({ min: 0, max: 1, step: 0.1 }, 0.30000000000000004)).toBe(0.3);
    expect(onSlider({ min: 0, max: 1, step: 0.3 }, 0.95)).toBe(0.9);
    expect(onSlider({ min: 0, max: 1, step: 0.25 }, -3)).toBe(0);
  });

  it.each([
    ['bounds the wrong way round', () => slider(1, 0), /slider: min and max is \[1,0\], but must be finite/],
    ['equal bounds', () => slider(1, 1), /slider: min and max/],
    ['a bound that is no number', () => slider(0, Number.NaN), /\[0,"NaN"\]/],
    ['a value outside', () => slider(0, 1, { value: 2 }), /slider: value is 2, but must be in \[0, 1\]/],
    ['a value that is no number', () => slider(0, 1, { value: NaN }), /slider: value is NaN/],
    ['a step of 0', () => slider(0, 1, { step: 0 }), /slider: step is 0, but must be above 0/],
    ['a step over the range', () => intSlider(0, 3, { step: 4 }), /intSlider: step is 4.*at most 3/],
    ['a fraction', () => intSlider(0, 2.5), /intSlider: max is 2.5, but must be a whole number/],
    ['no option', () => dropdown([]), /dropdown: options is \[\], but must be a list of at least one/],
    ['an option twice', () => dropdown(['a', 'a']), /"a" stands there twice/],
    [
      'an unknown option',
      () => dropdown(['a', 'b'], { value: 'c' as 'a' }),
      /dropdown: value is "c", but must be one of a, b/,
    ],
    ['a checkbox of text', () => checkbox('yes' as never), /checkbox: value is "yes"/],
    ['a button of a number', () => button(3 as never), /button: label is 3/],
    ['no controls', () => live({}, () => 1), /live: controls is \{\}, but must be an object of at least one/],
    [
      'a control that is a number',
      () => live({ a: 3 as never }, () => 1),
      /live: controls.a is 3.*Make one with slider/,
    ],
    [
      'a drawing that is no function',
      () => live({ a: slider(0, 1) }, 'figure' as never),
      /live: draw is "string", but must be a function/,
    ],
    [
      'an unknown control to run along',
      () => live({ a: slider(0, 1) }, () => 1, { along: 'b' as 'a' }),
      /live: along is "b", but must be one of a/,
    ],
    [
      'a button to run along',
      () => live({ a: slider(0, 1), b: button() }, () => 1, { along: 'b' }),
      /live: along is "b"/,
    ],
    ['no frame', () => live({ a: slider(0, 1) }, () => 1, { frames: 0 }), /live: frames is 0/],
  ])('refuse %s', (_, make, complaint) => {
    expect(make).toThrow(complaint);
  });
});
