/* Runs in the report, not in Node. Draws each figure over its picture and follows the screen's colors and width. */
/* global document, window, Plotly */
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

  function draw(entry) {
    const live = document.getElementById(entry.id);
    const spec = dark.matches ? entry.dark : entry.light;
    // Shown before drawing, since Plotly measures the width of its element.
    live.hidden = false;
    const narrow = live.parentNode.clientWidth < narrowWidth;
    return Plotly.react(live, spec.data, narrow ? narrowed(spec.layout) : spec.layout, spec.config).then(
      function () {
        live.parentNode.classList.add('drawn');
        entry.narrow = narrow;
      },
    );
  }

  /** One after another, so that the page stays responsive while it fills. */
  function drawAll() {
    return figures.reduce(function (before, entry) {
      return before.then(function () {
        return draw(entry);
      });
    }, Promise.resolve());
  }

  dark.addEventListener('change', drawAll);
  window.addEventListener('resize', function () {
    figures.forEach(function (entry) {
      const narrow = document.getElementById(entry.id).parentNode.clientWidth < narrowWidth;
      if (entry.narrow !== undefined && narrow !== entry.narrow) draw(entry);
    });
  });
  drawAll();
})();
