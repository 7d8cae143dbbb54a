/** A notebook for the project's kernel, one code cell a text. */
export function notebook(...sources: string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'ccl', display_name: 'CCL (TypeScript)', language: 'typescript' } },
    cells: sources.map((source, i) => ({
      id: `cell${i}`,
      cell_type: 'code',
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
  });
}

export interface WrittenNotebook {
  cells: {
    execution_count: number;
    outputs: { output_type: string; data: { 'text/plain': string | string[] } }[];
  }[];
}

/** The plain text of a cell's result; notebooks keep texts as lists of lines. */
export function resultText({ cells }: WrittenNotebook, cell: number): string {
  const output = cells[cell]!.outputs.find(({ output_type: type }) => type === 'execute_result');
  return [output!.data['text/plain']].flat().join('');
}
