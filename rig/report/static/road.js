// Draws a road's spectra among the classes of ISO 8608, and the coherence of its tracks. The other panels are report.js's.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const spectra = JSON.parse(document.getElementById("data").textContent).spectra;
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const shown = (value) => (value == null ? "–" : Number(value.toPrecision(4)).toExponential().replace("e+", "e"));
  const size = (box) => ({ width: Math.max(240, box.clientWidth), height: 300 });
  let plots = [];

  const decade = (value) => {
    const power = value == null ? NaN : Math.log10(value);
    if (!(Math.abs(power - Math.round(power)) < 1e-9)) return "";
    return Math.abs(power) > 2 ? "1e" + Math.round(power) : String(Number(value.toPrecision(2)));
  };

  function axisOf(name, scale, side) {
    return { scale, side, label: name, labelSize: 22, size: side === 2 ? 44 : 62, labelFont: "12px system-ui", font: "11px system-ui",
             values: (_, splits) => splits.map(decade), stroke: css("muted"), grid: { show: false }, ticks: { stroke: css("grid"), width: 1 } };
  }

  function seriesOf(one) {
    const stroke = css(one.role);
    const common = { label: one.label, stroke, value: (_, v) => (one.drawn === "share" ? (v == null ? "–" : v.toFixed(2)) : shown(v)), spanGaps: true };
    if (one.drawn === "dots") return { ...common, paths: () => null, points: { show: true, size: 5, fill: stroke, stroke, width: 0 } };
    if (one.drawn === "law") return { ...common, width: 2, dash: [6, 4], points: { show: false } };
    if (one.drawn === "share") return { ...common, width: 1.5, points: { show: false } };
    return { ...common, stroke: stroke + "88", width: 1, points: { show: false } };
  }

  // A class reaches from half to twice its geometric mean; its limits fall with waviness 2.
  function classes(one) {
    return (u) => {
      const { min, max } = u.scales.x;
      const at = (n, level) => u.valToPos(level * (n / one.n0) ** -2, "y", true);
      const [left, right] = [u.valToPos(min, "x", true), u.valToPos(max, "x", true)];
      u.ctx.save();
      u.ctx.beginPath();
      u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
      u.ctx.clip();
      u.ctx.font = 12 * devicePixelRatio + "px system-ui";
      u.ctx.textAlign = "center";
      u.ctx.textBaseline = "middle";
      Object.entries(one.classes).forEach(([letter, mean], k) => {
        u.ctx.fillStyle = css("muted");
        u.ctx.globalAlpha = k % 2 ? 0.07 : 0.17;
        u.ctx.beginPath();
        u.ctx.moveTo(left, at(min, mean / 2));
        u.ctx.lineTo(left, at(min, mean * 2));
        u.ctx.lineTo(right, at(max, mean * 2));
        u.ctx.lineTo(right, at(max, mean / 2));
        u.ctx.fill();
        u.ctx.globalAlpha = 0.9;
        for (const share of [0.03, 0.97]) {
          const n = min * (max / min) ** share;
          u.ctx.fillText(letter, u.valToPos(n, "x", true), at(n, mean));
        }
      });
      u.ctx.restore();
    };
  }

  // The x axis ends where its curves do, so its ticks are its own: 1 to 9 in each decade, of which 1, 2 and 5 are told.
  function ticks(_, __, low, high) {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (let digit = 1; digit < 10; digit++) found.push(Number((digit * 10 ** power).toPrecision(1)));
    }
    return found.filter((value) => value >= low && value <= high);
  }
  const told = (value) => (/[125]/.test(value.toExponential()[0]) ? String(value) : "");

  function draw(id) {
    const one = spectra[id];
    const box = document.getElementById(id);
    const among = one.classes !== undefined;
    const tight = (_, low, high) => [low, high];
    const x = { ...axisOf(one.x_label, "x", 2), splits: ticks, filter: (_, splits) => splits, values: (_, splits) => splits.map(told) };
    const y = { ...axisOf(one.y, "y", 3), ...(among ? {} : { values: (_, splits) => splits.map(String), grid: { stroke: css("grid"), width: 1 } }) };
    const options = {
      ...size(box),
      padding: [8, 12, 0, 0],
      scales: { x: { time: false, distr: 3, range: tight }, y: among ? { distr: 3 } : { range: [0, 1] } },
      series: [{ label: one.x_label, value: (_, v) => (v == null ? "–" : String(Number(v.toPrecision(3)))) }, ...one.series.map(seriesOf)],
      axes: [x, y],
      cursor: { drag: { x: true, y: among, uni: 20 } },
      hooks: { drawClear: among ? [classes(one)] : [] },
    };
    plots.push({ plot: new uPlot(options, [one.x, ...one.series.map((s) => s.values)], box), box });
  }

  function drawAll() {
    for (const { plot } of plots) plot.destroy();
    plots = [];
    Object.keys(spectra).forEach(draw);
    document.documentElement.dataset.spectra = String(plots.length);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { for (const { plot, box } of plots) plot.setSize(size(box)); }, 80);
  });
  drawAll();
});
