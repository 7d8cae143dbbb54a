// Run by static.test.ts in processes of their own: prints the hashes of a study's pictures, drawn in the given order.
import { createHash } from 'node:crypto';
import { studyFigures } from '../../src/report/study-page-figures';
import { sampleResult } from '../report/sample-result';

async function main(): Promise<void> {
  const figures = studyFigures(sampleResult()).map((figure, i) => ({ figure, i }));
  if (process.argv[2] === 'reversed') figures.reverse();
  const hashes: string[] = [];
  for (const { figure, i } of figures) {
    const hash = createHash('sha256');
    hash.update(await figure.toSVG());
    hash.update(await figure.toPNG({ theme: 'dark', frame: 'bare', scale: 1 }));
    hashes[i] = hash.digest('hex');
  }
  console.log(JSON.stringify(hashes));
}

void main();
