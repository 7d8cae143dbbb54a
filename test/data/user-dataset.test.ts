import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { takeFeatures } from '../../src/data/dataset';
import { userDataset, type UserDatasetOptions } from '../../src/data/user-dataset';
import { writeNpz } from '../../src/platform/formats/npz';
import { folders } from './tiny-sets';
import { writeParquet } from '../formats/writers';

const folder = folders();
const csvFile = (text: string, name = 'own.csv'): string => join(folder({ [name]: text }), name);

const people = ['age,city,owner,income', '30,"Bonn, DE",0,low', '41.5,Oslo,1,high', '-2,Bonn,1,low'].join(
  '\n',
);

describe('userDataset from a table', () => {
  const expected = {
    // Columns: age, city «Bonn», «Bonn, DE», «Oslo» (sorted), owner.
    x: [30, 0, 1, 0, 0, 41.5, 0, 0, 1, 1, -2, 1, 0, 0, 1],
    y: [1, 0, 1],
    classNames: ['high', 'low'],
    columns: [
      { name: 'age', kind: 'number' },
      { name: 'city', kind: 'category', category: 'Bonn' },
      { name: 'city', kind: 'category', category: 'Bonn, DE' },
      { name: 'city', kind: 'category', category: 'Oslo' },
      { name: 'owner', kind: 'binary' },
    ],
  };

  it('reads numbers as they are, text one-hot, classes sorted', async () => {
    const data = await userDataset(csvFile(people), { label: 'income' });
    const { x, y, classNames, columns, records, features, classes, name, synthetic } = data;
    expect({ x: [...x], y: [...y], classNames, columns }).toEqual(expected);
    expect([records, features, classes, name, synthetic]).toEqual([3, 5, 2, 'own', false]);
  });

  it('reads the same from Parquet and from CSV with other separators or without header', async () => {
    const parquet = join(folder({}), 'own.parquet');
    await writeParquet(parquet, {
      age: Float64Array.of(30, 41.5, -2),
      city: ['Bonn, DE', 'Oslo', 'Bonn'],
      owner: Int32Array.of(0, 1, 1),
      income: ['low', 'high', 'low'],
    });
    const semicolons = people.replace('"Bonn, DE"', 'Bonn# DE').replace(/,/g, ';').replace('#', ',');
    const tabs = semicolons.replace(/;/g, '\t');
    const all = await Promise.all([
      userDataset(csvFile(people), { label: 'income' }),
      userDataset(parquet, { label: 'income' }),
      userDataset(csvFile(semicolons), { label: 'income', delimiter: ';' }),
      userDataset(csvFile(tabs, 'own.tsv'), { label: 'income' }),
      userDataset(csvFile(people.slice(people.indexOf('\n') + 1)), { label: '3', header: false }),
    ]);
    for (const { x, y, sha256 } of all) {
      expect([[...x], [...y], sha256]).toEqual([expected.x, expected.y, all[0].sha256]);
    }
  });

  it('keeps all-binary tables as bytes', async () => {
    const { x } = await userDataset(csvFile('a,b,k\n0,u,1\n1,v,2\n'), { label: 'k' });
    expect(x).toEqual(Uint8Array.of(0, 1, 0, 1, 0, 1));
  });

  it('takes chosen columns, leaves others out, and takes numbers as categories when told', async () => {
    const path = csvFile('a,b,c,k\n1,2,9,x\n3,4,8,y\n');
    const x = async (more: Partial<UserDatasetOptions>) => [
      ...(await userDataset(path, { label: 'k', ...more })).x,
    ];
    expect(await x({ features: ['c', 'a'] })).toEqual([1, 9, 3, 8]);
    expect(await x({ drop: ['b'] })).toEqual([1, 9, 3, 8]);
    expect(await x({ drop: ['b', 'c'], categorical: ['a'] })).toEqual([1, 0, 0, 1]);
  });

  it('sorts number classes by value', async () => {
    const { classNames, y } = await userDataset(csvFile('a,k\n1,10\n2,9\n3,10\n'), { label: 'k' });
    expect([classNames, [...y]]).toEqual([
      ['9', '10'],
      [1, 0, 1],
    ]);
  });

  it.each([
    ['a,k\n1,x\n,y\n', {}, /row 2, column "a" is empty: a missing value/],
    ['a,k\n1,x\nNaN,y\n', {}, /row 2, column "a" is "NaN": a missing value/],
    ['a,k\n1,x\n2,?\n', {}, /row 2, column "k" is "\?": a missing value/],
    ['a,k\n1,x\ninf,y\n', {}, /row 2, column "a" is inf, but numbers must be finite/],
    ['a,k\n1,x\n2,y\n', { label: 'q' }, /"q" is no column of this file.*Known: a, k/],
    ['a,k\n1,x\n2,y\n', { drop: ['b'] }, /"b" is no column of this file/],
    ['a,k\n1,x\n2,x\n', {}, /label k is \["x"\], but at least 2 classes are needed/],
    ['a,k\n', {}, /has 0 rows/],
    ['k\nx\ny\n', {}, /has 2 rows and 0 feature columns/],
    ['a,k\n1,x\n2\n', {}, /own\.csv/],
    ['a,k\n1,x\n', { labels: 'k' }, /"labels" is no option of the user data set. Did you mean "label"\?/],
  ])('refuses %j with %j', async (text, options, message) => {
    await expect(
      userDataset(csvFile(text), { label: 'k', ...options } as UserDatasetOptions),
    ).rejects.toThrow(message);
  });

  it('finds the typing error that makes a column of numbers look like text', async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => (i === 700 ? '7o0,x' : `${i},${i % 2 ? 'x' : 'y'}`));
    await expect(userDataset(csvFile(`a,k\n${rows.join('\n')}\n`), { label: 'k' })).rejects.toThrow(
      /column "a" has more than 1000 different values.*"7o0" in row 701/,
    );
  });

  it('lets a category be called NA when told what missing values look like', async () => {
    const { classNames } = await userDataset(csvFile('a,k\n1,NA\n2,EU\n'), { label: 'k', missing: [''] });
    expect(classNames).toEqual(['EU', 'NA']);
  });

  it.each([
    ['model.pkl', /pkl/],
    ['model.pt', /pt/],
    ['table.xlsx', /no file that is read as a data set/],
  ])('refuses %s', async (name, message) => {
    await expect(userDataset(csvFile('x', name), { label: 'k' })).rejects.toThrow(message);
  });
});

describe('scaling by the training records', () => {
  const path = csvFile('a,b,k\n1,0,x\n3,1,y\n100,1,x\n');

  it('takes mean and deviation from the training records only, and leaves indicators alone', async () => {
    const data = await userDataset(path, { label: 'k' });
    const scaled = data.scaled(Int32Array.of(0, 1));
    // Mean 2, deviation 1 (dividing by n, as scikit-learn's StandardScaler).
    expect([...scaled.x]).toEqual([-1, 0, 1, 1, 98, 1]);
    expect([...data.scaled(Int32Array.of(0, 1), 'min-max').x]).toEqual([0, 0, 1, 1, 49.5, 1]);
    expect(scaled.sha256).not.toBe(data.sha256);
    expect([...takeFeatures(scaled, Int32Array.of(1))]).toEqual([1, 1]);
  });

  it('gives a constant column 0, and refuses an empty or stray training part', async () => {
    const data = await userDataset(path, { label: 'k' });
    expect([...data.scaled(Int32Array.of(2)).x]).toEqual([-99, 0, -97, 1, 0, 1]);
    expect(() => data.scaled(new Int32Array(0))).toThrow(/at least one record is needed/);
    expect(() => data.scaled(Int32Array.of(3))).toThrow(/train is 3, but must be in 0 \.\. 2/);
  });
});

describe('userDataset from npz', () => {
  const npz = async (arrays: Parameters<typeof writeNpz>[1]): Promise<string> => {
    const path = join(folder({}), 'own.npz');
    await writeNpz(path, arrays);
    return path;
  };
  const y = { shape: [2], data: Int32Array.of(7, 3) };

  it('reads features, labels and pictures', async () => {
    const table = await userDataset(
      await npz({ x: { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4.5) }, y }),
      { label: 'y' },
    );
    expect([[...table.x], [...table.y], table.classNames, table.image]).toEqual([
      [1, 2, 3, 4.5],
      [1, 0],
      ['3', '7'],
      undefined,
    ]);
    const bits = await userDataset(await npz({ x: { shape: [2, 1], data: Float32Array.of(0, 1) }, y }), {
      label: 'y',
    });
    expect(bits.x).toEqual(Uint8Array.of(0, 1));
    const pixels = Uint8Array.from({ length: 12 }, (_, i) => i);
    const last = await userDataset(await npz({ x: { shape: [2, 1, 2, 3], data: pixels }, y }), {
      label: 'y',
    });
    expect([[...last.x], last.image]).toEqual([[...pixels], { height: 1, width: 2, channels: 3 }]);
    const first = await userDataset(await npz({ x: { shape: [2, 3, 1, 2], data: pixels }, y }), {
      label: 'y',
    });
    expect([...first.x]).toEqual([0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
    const gray = await userDataset(await npz({ x: { shape: [2, 2, 3], data: pixels }, y }), { label: 'y' });
    expect([gray.features, gray.image]).toEqual([6, { height: 2, width: 3, channels: 1 }]);
  });

  it('names record and column of a hole, and arrays that do not fit', async () => {
    const x = { shape: [2, 2], data: Float32Array.of(1, 2, 3, NaN) };
    await expect(userDataset(await npz({ x, y }), { label: 'y' })).rejects.toThrow(/x\[1, 1\] is NaN/);
    await expect(userDataset(await npz({ x, y }), { label: 'z' })).rejects.toThrow(/"z" is no array/);
    await expect(userDataset(await npz({ x, x2: x, y }), { label: 'y' })).rejects.toThrow(
      /has 2 arrays with 2 records beside y \(x, x2\)\. Name the one/,
    );
    await expect(userDataset(await npz({ x, y }), { label: 'y', features: 'y' })).rejects.toThrow(
      /y has no shape 2 x/,
    );
    const wide = { shape: [2, 2, 2], data: new Float32Array(8) };
    await expect(userDataset(await npz({ x: wide, y }), { label: 'y' })).rejects.toThrow(
      /pixels must be uint8/,
    );
  });

  it('refuses a broken file', async () => {
    const path = join(folder({}), 'own.npz');
    writeFileSync(path, 'PK\u0003\u0004 no');
    await expect(userDataset(path, { label: 'y' })).rejects.toThrow(/own\.npz/);
  });
});

describe('a damaged npz', () => {
  it('whose labels are numbers is told by its checksum, not taken for text', async () => {
    const path = join(folder({}), 'own.npz');
    await writeNpz(path, {
      x: { shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
      y: { shape: [4], data: Int32Array.of(0, 1, 0x01020304, 1) },
    });
    const bytes = readFileSync(path);
    bytes[bytes.indexOf(Buffer.from('04030201', 'hex'))] ^= 1;
    writeFileSync(path, bytes);
    await expect(userDataset(path, { label: 'y' })).rejects.toThrow(/y\.npy in .*checksum \(CRC-32\)/);
  });
});

describe('Parquet columns of lists', () => {
  const label = Int32Array.of(0, 1, 0);
  const path = (): string => join(folder({}), 'lists.parquet');

  it('of one length are features', async () => {
    const file = path();
    await writeParquet(file, {
      x: [
        [1, 0.5],
        [2, 3],
        [4, 5],
      ],
      label,
    });
    const { x, features, columns } = await userDataset(file, { label: 'label' });
    expect([...x]).toEqual([1, 0.5, 2, 3, 4, 5]);
    expect(features).toBe(2);
    expect(columns!.map(({ name }) => name)).toEqual(['x[0]', 'x[1]']);
  });

  it('of different lengths are refused with the row', async () => {
    const file = path();
    await writeParquet(file, { x: [[1, 0.5], [2], [4, 5]], label });
    await expect(userDataset(file, { label: 'label' })).rejects.toThrow(
      /column "x" holds lists of different lengths \(row 1\)/,
    );
  });

  it('of bytes are no categories', async () => {
    const file = path();
    const columnData = [
      { name: 'x', data: [Uint8Array.of(0xff), Uint8Array.of(0xfe), Uint8Array.of(0xfd)] },
      { name: 'label', data: label },
    ];
    const schema: SchemaElement[] = [
      { name: 'root', num_children: 2 },
      { name: 'x', type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' },
      { name: 'label', type: 'INT32', repetition_type: 'REQUIRED' },
    ];
    writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData, schema })));
    await expect(userDataset(file, { label: 'label' })).rejects.toThrow(
      /column "x" holds bytes, but a feature/,
    );
  });
});
