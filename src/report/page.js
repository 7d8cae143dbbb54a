/* Runs in the report, not in Node. Draws each figure over its picture and follows the screen's colors and width. */
/* global document, window, atob, Blob, DecompressionStream, Plotly, Response */
(function () {
  'use strict';
  const figures = JSON.parse(document.getElementById('figures').textContent);
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const narrowWidth = 560;

  /** On a phone, letters and margins shrink so that the plot itself keeps its room. */
  function narrowed(layout) {
    const small = JSON.parse(JSON.stringify(layout));
    small.margin.l = 50;
    small.margin.r = 10;
    small.font.size = 11;
    (small.annotations || []).forEach(function (annotation) {
      annotation.font.size *= 0.74;
    });
    Object.keys(small).forEach(function (key) {
      if (!/^[xy]axis/.test(key)) return;
      small[key].tickfont.size = 10;
      if (small[key].title) small[key].title.font.size = 11;
    });
    return small;
  }

  /** Panels side by side, or a plot beside long labels: there is no room for them on a phone. */
  function hasPanels(layout) {
    return Object.keys(layout).some(function (key) {
      const domain = /^xaxis/.test(key) ? layout[key].domain : undefined;
      return domain !== undefined && domain[1] - domain[0] < 0.98;
    });
  }

  /** A wide figure keeps its size and scrolls in its frame, by keyboard too. */
  function frame(live, wide) {
    live.classList.toggle('wide', wide);
    if (wide) live.parentNode.tabIndex = 0;
    else live.parentNode.removeAttribute('tabindex');
  }

  /** Applies what report-page.ts found. */
  function changed(from, changes) {
    if (changes === undefined) return from;
    if (Array.isArray(changes)) return changes[0];
    const copy = Array.isArray(from) ? from.slice() : Object.assign({}, from);
    Object.keys(changes).forEach(function (key) {
      copy[key] = changed(from[key], changes[key]);
    });
    return copy;
  }

  function draw(entry) {
    const live = document.getElementById(entry.id);
    const figure = live.closest('figure');
    const spec = dark.matches ? changed(entry.light, entry.toDark) : entry.light;
    // Shown before drawing, since Plotly measures the width of its element.
    live.hidden = false;
    const narrow = figure.clientWidth < narrowWidth;
    const wide = narrow && hasPanels(spec.layout);
    frame(live, wide);
    const layout = narrow && !wide ? narrowed(spec.layout) : spec.layout;
    return Plotly.react(live, spec.data, layout, spec.config).then(function () {
      figure.classList.add('drawn');
      entry.narrow = narrow;
    });
  }

  /** Unpacks plotly.js and runs it; the page's policy knows its hash. Where a browser cannot, the pictures stay. */
  function loadPlotly() {
    const packed = atob(document.getElementById('plotly').textContent);
    const bytes = Uint8Array.from(packed, function (letter) {
      return letter.charCodeAt(0);
    });
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Response(unpacked).text().then(function (code) {
      const script = document.createElement('script');
      script.textContent = code;
      document.head.appendChild(script);
    });
  }

  /** One after another, with a pause in which the reader's scrolling and typing are served. */
  function drawAll() {
    return figures.reduce(function (before, entry) {
      return before.then(pause).then(function () {
        return draw(entry);
      });
    }, Promise.resolve());
  }

  function pause() {
    return new Promise(function (resolve) {
      window.setTimeout(resolve, 0);
    });
  }

  if (typeof DecompressionStream === 'undefined') return;
  const ready = loadPlotly();
  dark.addEventListener('change', function () {
    ready.then(drawAll);
  });
  window.addEventListener('resize', function () {
    figures.forEach(function (entry) {
      const narrow = document.getElementById(entry.id).closest('figure').clientWidth < narrowWidth;
      if (entry.narrow !== undefined && narrow !== entry.narrow) draw(entry);
    });
  });
  ready.then(drawAll);
})();
