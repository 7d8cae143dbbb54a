import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { JupyterLab, notebookJson } from './jupyterlab';
import { noPythonReason, python } from './session';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const hasChromium = existsSync(executablePath);
const title = !hasChromium
  ? `skipped: no Chromium at ${executablePath} (set CHROMIUM)`
  : !python
    ? `skipped: ${noPythonReason}`
    : 'JupyterLab with the project’s kernel in Chromium';

const notebook = notebookJson([
  `import { controls, figures, live, liveTraining, loss } from 'ccl-lab';
figures.lossCurvesFigure([loss('ce')], { quantities: ['value'] })`,
  `live({ alpha: controls.slider(0, 1) }, ({ alpha }) => figures.lossCurvesFigure([loss('ce'), loss('ccel', { alpha })], { quantities: ['weight'] }), { frames: 3 })`,
  `const { onProgress, signal } = liveTraining('CE');
for (let epoch = 1; epoch <= 400; epoch++) {
  if (signal?.aborted) throw signal.reason;
  onProgress({ epoch, epochs: 400, step: 1, steps: 1, loss: 3 / Math.sqrt(epoch) });
  await new Promise((done) => setTimeout(done, 500));
}`,
  '',
]);

interface NotebookOutput {
  readonly output_type: string;
  readonly ename?: string;
  readonly data?: Readonly<Record<string, string>>;
}

// One page for all of it; each part goes on where the one before ended. Times are for a machine with much else to do.
const patience = { timeout: 90_000 };

describe.skipIf(!hasChromium || !python)(title, { timeout: 200_000 }, () => {
  const lab = new JupyterLab({ 'live.ipynb': notebook });
  const complaints: string[] = [];
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    mkdirSync(path.join(projectRoot, 'test-artifacts'), { recursive: true });
    [browser] = await Promise.all([
      chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] }),
      lab.start(),
    ]);
    // High enough that no cell has to be scrolled to.
    page = await browser.newPage({ viewport: { width: 1300, height: 2300 } });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      const url = request.url();
      if (/^(https?|wss?):/.test(url) && new URL(url).hostname !== '127.0.0.1') complaints.push(url);
    });
    await page.goto(lab.address('live.ipynb'), patience);
    await page.locator('.jp-NotebookPanel .jp-CodeCell').nth(3).waitFor(patience);
    // The toolbar says idle before there is a kernel, and cells that are run then are passed over.
    await page.waitForFunction(
      'window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === "idle"',
      undefined,
      patience,
    );
  }, 200_000);

  afterAll(async () => {
    await browser?.close();
    await lab.close();
  }, 60_000);

  // What comes after a failure builds on what did not happen.
  let broken = false;
  beforeEach(({ skip }) => {
    if (broken) skip();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    broken = true;
    await picture('failed');
  });

  const picture = (name: string): Promise<unknown> =>
    page.screenshot({ path: path.join(projectRoot, 'test-artifacts', `jupyterlab-${name}.png`) });

  const command = (name: string): Promise<unknown> =>
    page.evaluate(`window.jupyterapp.commands.execute(${JSON.stringify(name)})`);

  const outputs = (cell: number): Promise<NotebookOutput[]> =>
    page.evaluate(`window.jupyterapp.shell.currentWidget.content.widgets[${cell}].model.outputs.toJSON()`);

  /** Names of the traces that plotly.js has drawn inside an element. */
  const traces = (selector: string): Promise<string[]> =>
    page.evaluate(
      `(document.querySelector(${JSON.stringify(selector)})?._fullData ?? []).map(({ name }) => name)`,
    );

  const liveFigure = '.ccl-live-figure';

  it('draws figures when all cells are run', async () => {
    void command('notebook:run-all-cells');
    const first = page.locator('.jp-CodeCell').nth(0).locator('.jp-RenderedPlotly');
    // Plotly's renderer shows the picture, and draws when a reader points at it.
    await first.locator('img.plot-img').waitFor(patience);
    await first.hover();
    await expect.poll(() => traces('.jp-RenderedPlotly'), patience).toEqual(['CE']);
    await expect.poll(() => traces(liveFigure), patience).toEqual(['CE', 'CCEL (alpha 0.5)']);
    await picture('figures');
  });

  it('changes a figure while its slider is dragged', async () => {
    const handle = (await page.locator('.noUi-handle').boundingBox())!;
    const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 40, y, { steps: 5 });
    // The button is still down.
    await expect.poll(async () => alphaOf(await traces(liveFigure)), patience).toBeGreaterThan(0.5);
    await page.mouse.move(x + 400, y, { steps: 20 });
    await page.mouse.up();
    await expect.poll(async () => alphaOf(await traces(liveFigure)), patience).toBe(1);
    await expect.poll(() => page.locator('.widget-readout').innerText(), patience).toBe('1.00');
    await picture('dragged');
  });

  it('shows a training, and stops it when asked', async () => {
    await expect
      .poll(async () => textOf(await outputs(2)), patience)
      .toMatch(/^CE: epoch \d+ of 400, loss .* left$/);
    await page.locator('.jp-CodeCell').nth(2).locator('img[src^="data:image/svg+xml"]').waitFor(patience);
    await page.locator('[data-command="notebook:interrupt-kernel"]').first().click();
    await expect
      .poll(async () => (await outputs(2)).find(({ output_type: type }) => type === 'error')?.ename, patience)
      .toBe('Interrupted');
    await expect
      .poll(async () => textOf(await outputs(2)), { timeout: 10_000 })
      .toMatch(/^CE: interrupted, epoch \d+ of 400, loss /);
    await picture('interrupted');
  });

  it('offers the names of losses', async () => {
    const editor = page.locator('.jp-CodeCell').nth(3).locator('.cm-content');
    await editor.click();
    await page.keyboard.type("loss('");
    const offers = page.locator('.jp-Completer-item');
    for (let i = 0; i < 20 && (await offers.count()) === 0; i++) {
      await page.keyboard.press('Tab');
      await sleep(1500);
    }
    const names = (await offers.allInnerTexts()).join('\n');
    for (const name of ['ce', 'ccel', 'ccql', 'focal']) expect(names).toMatch(new RegExp(`\\b${name}\\b`));
    await picture('completion');
    await page.keyboard.press('Escape');
  });

  it('tells the signature inside of a call, asks a question, and draws a figure of one’s own', async () => {
    const cell = page.locator('.jp-CodeCell').nth(3);
    const write = async (code: string): Promise<void> => {
      await cell.locator('.cm-content').click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(code);
    };
    await write('loss(');
    await page.keyboard.press('Shift+Tab');
    await page.locator('.jp-Tooltip', { hasText: 'The loss of that name' }).waitFor(patience);
    await picture('signature');
    await page.keyboard.press('Escape');
    await write(
      "import { plotly } from 'ccl-lab';\nconst name = String(prompt('Which name?'));\n" +
        "plotly([{ type: 'heatmap', name, z: [[1, 2], [3, 4]] }])",
    );
    await page.keyboard.press('Control+Enter');
    const question = cell.locator('.jp-Stdin-input');
    await question.waitFor(patience);
    await question.fill('mine');
    await question.press('Enter');
    await cell.locator('.jp-RenderedPlotly').waitFor(patience);
    const { data } = (await outputs(3)).find(({ output_type: type }) => type === 'execute_result')!;
    expect(data!['application/vnd.plotly.v1+json']).toMatchObject({
      data: [{ type: 'heatmap', name: 'mine' }],
    });
    expect(data!['image/png']).toBeDefined();
    await picture('own-figure');
  });

  it('keeps a notebook that is small and shows its figures elsewhere', async () => {
    await command('docmanager:save');
    await expect.poll(() => lab.read('live.ipynb').includes('widget-view+json'), patience).toBe(true);
    const text = lab.read('live.ipynb');
    expect(text.length).toBeLessThan(700_000);
    expect(text).not.toContain('text/html');
    const [figure] = (JSON.parse(text) as { cells: { outputs: NotebookOutput[] }[] }).cells[1]!.outputs;
    expect(Object.keys(figure!.data!)).toEqual(
      expect.arrayContaining(['application/vnd.plotly.v1+json', 'image/png', 'text/plain']),
    );
  });

  it('brings controls and figures back when the page is loaded anew', async () => {
    await page.goto(lab.address('live.ipynb'), patience);
    await expect.poll(async () => alphaOf(await traces(liveFigure)), patience).toBe(1);
    expect(await page.locator('.widget-readout').innerText()).toBe('1.00');
    await page.locator('.noUi-handle').press('Home');
    await expect.poll(async () => alphaOf(await traces(liveFigure)), patience).toBe(0);
  });

  it('shows the form that moves without the cell after a restart, a page and a notebook that were saved', async () => {
    await command('docmanager:save');
    await page.evaluate('window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()');
    await page.goto(lab.address('live.ipynb'), patience);
    await expect.poll(async () => alphaOf(await traces(liveFigure)), patience).toBe(0.5);
    const cell = page.locator('.jp-CodeCell').nth(1);
    expect(await cell.innerText()).not.toContain('model not found');
    await cell.locator('.slider-label', { hasText: 'alpha = 0.5' }).waitFor(patience);
    // Plotly's own slider, below the figure.
    const rail = (await cell.locator('.slider-rail-touch-rect').boundingBox())!;
    await page.mouse.click(rail.x + 3, rail.y + rail.height / 2);
    await expect.poll(async () => alphaOf(await traces(liveFigure)), patience).toBe(0);
    await picture('restarted');
  });

  it('shows the picture where the notebook comes from elsewhere and its kernel is not there', async () => {
    const saved = lab.read('live.ipynb').replace(/("model_id": ")[^"]*/g, '$1elsewhere');
    writeFileSync(lab.file('cloned.ipynb'), saved);
    await page.goto(lab.address('cloned.ipynb'), patience);
    const cell = page.locator('.jp-CodeCell').nth(1);
    await cell.locator('.jp-RenderedPlotly').waitFor(patience);
    expect(await cell.innerText()).not.toContain('model not found');
    await cell.locator('.jp-RenderedPlotly').hover();
    await cell.locator('.slider-label', { hasText: 'alpha = 0.5' }).waitFor(patience);
    await picture('elsewhere');
  });

  it('has no error in the page and asks nothing of the network', () => {
    expect(complaints).toEqual([]);
  });
});

/** The alpha in the name of the second trace. */
function alphaOf(names: readonly string[]): number {
  return Number(/alpha ([\d.]+)/.exec(names[1] ?? '')?.[1]);
}

function textOf(all: readonly NotebookOutput[]): string {
  return all.find(({ data }) => data !== undefined)?.data!['text/plain'] ?? '';
}
