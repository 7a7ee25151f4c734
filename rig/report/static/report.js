// Draws the report's panels with uPlot. What is drawn is in the page's JSON; how, is here.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const label = { time_s: "time, s", distance_km: "distance, km" };
  let axis = "distance_km";
  let plots = []; // { plot, box, shared }
  let zooming = false;

  const size = (box) => ({ width: Math.max(240, box.clientWidth), height: box.classList.contains("half") ? 270 : 210 });
  const tick = (value) => (value == null ? "" : Math.abs(value) >= 1e4 ? value.toLocaleString("en") : String(Number(value.toPrecision(6))));
  // Over a logarithmic axis only whole decades are told, and the small ones as powers.
  const decade = (value) => {
    const power = value == null ? NaN : Math.log10(value);
    if (!(Math.abs(power - Math.round(power)) < 1e-9)) return "";
    return Math.abs(power) > 3 ? "1e" + Math.round(power) : String(Number(value.toPrecision(2)));
  };
  // A curve that stays where it is gets a scale of its own size, not of the next hundred.
  const range = (_, low, high) => (low == null ? [0, 1] : low === high ? [low - 1, high + 1] : uPlot.rangeNum(low, high, 0.1, true));
  // Counts over a logarithmic axis begin below the least of them.
  const floored = (panel) => (panel.floor ? { range: (_, low, high) => [panel.floor, Math.pow(10, Math.ceil(Math.log10(high || 1) + 1e-9))] } : {});
  const shown = (value) => (value == null ? "–" : String(Number(value.toPrecision(5))));

  function xOf(panel) {
    return panel.own_x || (panel.x || data.x)[axis];
  }

  function seriesOf(one, x) {
    const stroke = css(one.role);
    const common = { label: one.label, scale: one.scale || "y", value: (_, v) => shown(v) + (v == null || !one.unit ? "" : " " + one.unit) };
    if (one.points) {
      return { ...common, stroke, width: 0, paths: () => null, points: { show: true, size: one.role === "bad" ? 4 : 3, fill: stroke, stroke, width: 0 } };
    }
    if (one.role === "bars") {
      return { ...common, stroke, fill: stroke + "66", paths: uPlot.paths.bars({ size: [0.9, 40] }), points: { show: false } };
    }
    const wide = one.role === "setpoint" ? 2.5 : 1;
    return { ...common, stroke, width: wide, points: { show: x.length < 3 } };
  }

  function axisOf(name, scale, side, log) {
    const grid = { stroke: css("grid"), width: 1, show: side !== 1 };
    return { scale, side, label: name, labelSize: 22, size: side === 0 || side === 2 ? 44 : 62, labelFont: "12px system-ui",
             font: "11px system-ui", values: (_, splits) => splits.map(log ? decade : tick), stroke: css("muted"), grid, ticks: { stroke: css("grid"), width: 1 } };
  }

  function shade(u, from, to, colour, alpha) {
    const left = u.valToPos(Math.max(from, u.scales.x.min), "x", true);
    const right = u.valToPos(Math.min(to, u.scales.x.max), "x", true);
    if (!(right > left)) return;
    u.ctx.save();
    u.ctx.globalAlpha = alpha;
    u.ctx.fillStyle = colour;
    u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
    u.ctx.restore();
  }

  function line(u, at, colour) {
    if (at == null || at < u.scales.x.min || at > u.scales.x.max) return;
    const x = Math.round(u.valToPos(at, "x", true)) + 0.5;
    u.ctx.save();
    u.ctx.strokeStyle = colour;
    u.ctx.lineWidth = 1.5 * devicePixelRatio;
    u.ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    u.ctx.beginPath();
    u.ctx.moveTo(x, u.bbox.top);
    u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
    u.ctx.stroke();
    u.ctx.restore();
  }

  // A line with its name at the top, set so that it stays within the plot.
  function named(u, one, rank) {
    line(u, one.at, css(one.role));
    const x = u.valToPos(one.at, "x", true), right = x > u.bbox.left + 0.8 * u.bbox.width;
    u.ctx.save();
    u.ctx.fillStyle = css(one.role);
    u.ctx.font = 11 * devicePixelRatio + "px system-ui";
    u.ctx.textAlign = right ? "right" : "left";
    u.ctx.fillText(one.label, x + (right ? -4 : 4) * devicePixelRatio, u.bbox.top + (11 + 13 * rank) * devicePixelRatio);
    u.ctx.restore();
  }

  function behind(panel) {
    return (u) => {
      if (panel.window) shade(u, panel.window[0], panel.window[1], css("bad"), 0.13);
      if (panel.own_x) return;
      for (const stretch of data.stretches) {
        const colour = css("s" + (Math.max(0, data.surfaces.indexOf(stretch.surface)) % 12));
        shade(u, stretch[axis][0], stretch[axis][1], colour, 0.16);
      }
    };
  }

  function before(panel) {
    return (u) => {
      for (const at of panel.marks || []) line(u, at, css("bad"));
      (panel.lines || []).forEach((one, rank) => named(u, one, rank));
      if (panel.own_x) return;
      for (const mark of data.marks) line(u, mark[axis], css(mark.kind === "component_warning" ? "warn" : "bad"));
    };
  }

  function zoomAll(u, key) {
    if (key !== "x" || zooming || u.status !== 1) return;
    const { min, max } = u.scales.x;
    if (min == null) return;
    zooming = true;
    for (const { plot, shared } of plots) if (shared && plot !== u) plot.setScale("x", { min, max });
    zooming = false;
  }

  function draw(id) {
    const panel = data.panels[id];
    const box = document.getElementById(id);
    const x = xOf(panel);
    const shared = !panel.own_x;
    const axes = [axisOf(panel.own_x ? panel.x_label : label[axis], "x", 2, panel.log), axisOf(panel.y, "y", 3, panel.logy)];
    if (panel.right) axes.push(axisOf(panel.right, "right", 1));
    const scatter = panel.series.some((one) => one.points);
    const options = {
      ...size(box),
      padding: [8, panel.right ? 0 : shared ? 84 : 18, 0, 0], // so that panels with and without a right axis align
      scales: { x: { time: false, distr: panel.log ? 3 : 1, ...(panel.ends ? { range: () => panel.ends } : {}) }, y: panel.logy ? { distr: 3, ...floored(panel) } : { range }, right: { range: panel.right_ends ? () => panel.right_ends : range } },
      series: [{ label: panel.own_x ? panel.x_label : label[axis], value: (_, v) => shown(v) }, ...panel.series.map((one) => seriesOf(one, x))],
      axes,
      cursor: { sync: shared ? { key: "run", setSeries: false } : undefined, drag: { x: true, y: scatter, uni: 20 }, points: { show: !scatter } },
      legend: { live: !scatter },
      hooks: { drawClear: [behind(panel)], draw: [before(panel)], setScale: shared ? [zoomAll] : [] },
    };
    const plot = new uPlot(options, [x, ...panel.series.map((one) => one.values)], box);
    plots.push({ plot, box, shared });
  }

  function drawAll() {
    for (const { plot } of plots) plot.destroy();
    plots = [];
    zooming = true;
    Object.keys(data.panels).forEach(draw);
    zooming = false;
    document.documentElement.dataset.plots = String(plots.length);
  }

  function show(name) {
    axis = name;
    for (const button of document.querySelectorAll("button[data-x]")) button.setAttribute("aria-pressed", String(button.dataset.x === name));
    drawAll();
  }

  function reset() {
    for (const { plot, shared } of plots) {
      if (!shared) continue;
      const x = plot.data[0];
      plot.setScale("x", { min: x[0], max: x[x.length - 1] });
      return;
    }
  }

  for (const button of document.querySelectorAll("button[data-x]")) button.addEventListener("click", () => show(button.dataset.x));
  for (const button of document.querySelectorAll("button[data-reset]")) button.addEventListener("click", reset);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { for (const { plot, box } of plots) plot.setSize(size(box)); }, 80);
  });
  window.ergReport = { scales: () => plots.filter((p) => p.shared).map((p) => [p.plot.scales.x.min, p.plot.scales.x.max]) };
  drawAll();
})();
