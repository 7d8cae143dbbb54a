/* Runs in the notebook's page as an anywidget module, not in Node. Draws the model's `spec` with plotly.js, which the
   kernel sends once a page: it would make every notebook file that keeps widget states 5 MB larger. */
/* global document, ResizeObserver, Response, Blob, DecompressionStream */
const shelf = Symbol.for('ccl-lab.plotly');

function plotly(model) {
  globalThis[shelf] ??= ask(model).catch((error) => {
    globalThis[shelf] = undefined;
    throw error;
  });
  return globalThis[shelf];
}

/** Asks the kernel until it answers; a word may be lost while the connection is made anew. */
function ask(model) {
  return new Promise((resolve, reject) => {
    let asked = 0;
    const timer = setInterval(request, 10_000);
    model.on('msg:custom', hear);
    request();

    function request() {
      if (++asked <= 6) return model.send({ word: 'plotly.js, please' });
      finish(() => reject(new Error('The kernel did not send plotly.js.')));
    }
    function hear(content, buffers) {
      if (content.word !== 'plotly.js') return;
      finish(() => unpack(buffers[0]).then(evaluate).then(resolve, reject));
    }
    function finish(then) {
      clearInterval(timer);
      model.off('msg:custom', hear);
      then();
    }
  });
}

function unpack(bytes) {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}

/** The bundle is made for module loaders and pages alike; here it is a module, whatever loader the page has. */
function evaluate(code) {
  const module = { exports: {} };
  new Function('module', 'exports', 'define', code)(module, module.exports, undefined);
  return module.exports;
}

function render({ model, el }) {
  const plot = document.createElement('div');
  plot.className = 'ccl-live-figure';
  const note = document.createElement('p');
  el.append(note, plot);
  let Plotly = null;
  let drawing = false;
  let stale = false;

  async function draw() {
    if (drawing) {
      stale = true;
      return;
    }
    drawing = true;
    try {
      do {
        stale = false;
        await drawOnce(structuredClone(model.get('spec')));
      } while (stale);
    } catch (error) {
      note.textContent = `The figure could not be drawn: ${error.message}`;
    }
    drawing = false;
  }

  async function drawOnce({ data, layout, config, frames }) {
    plot.style.minHeight = `${layout.height ?? 450}px`;
    plot.setAttribute('aria-label', model.get('alt'));
    plot.setAttribute('role', 'img');
    if (Plotly === null) {
      note.textContent = 'Loading plotly.js from the kernel …';
      Plotly = await plotly(model);
    }
    // One name for all specs: what a reader zoomed or hid stays so.
    await Plotly.react(plot, data, { ...layout, uirevision: 'live' }, config);
    if (frames !== undefined) {
      await Plotly.deleteFrames(plot);
      await Plotly.addFrames(plot, frames);
    }
    note.textContent = '';
    plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1);
  }

  const resize = new ResizeObserver(() => {
    if (Plotly !== null && plot.dataset.drawn && plot.clientWidth > 0) Plotly.Plots.resize(plot);
  });
  resize.observe(el);
  model.on('change:spec', draw);
  draw();
  return () => {
    resize.disconnect();
    model.off('change:spec', draw);
    if (Plotly !== null) Plotly.purge(plot);
  };
}

export default { render };
