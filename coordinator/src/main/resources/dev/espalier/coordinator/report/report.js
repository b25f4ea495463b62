"use strict";
// Tells the values under the pointer. Everything else on the page works without it.
const charts = JSON.parse(document.getElementById("data").textContent);

// The point nearest to a step; of a held value, the last one at or before it.
function at(series, step) {
  const x = series.x;
  let low = 0, high = x.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (x[middle] <= step) low = middle; else high = middle - 1;
  }
  const next = low + 1;
  const nearer = !series.hold && next < x.length && x[next] - step < step - x[low];
  return series.y[nearer ? next : low];
}

function told(value, unit) {
  const size = Math.abs(value);
  const text = size !== 0 && (size >= 1e5 || size < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return unit ? text + "\u202f" + unit : text;
}

for (const [id, chart] of Object.entries(charts)) {
  const plot = document.querySelector("#" + id + " .plot");
  const low = Number(plot.dataset.low), high = Number(plot.dataset.high);
  const cross = document.createElement("div"), tip = document.createElement("div");
  cross.className = "cross";
  tip.className = "tip";
  cross.hidden = tip.hidden = true;
  plot.append(cross, tip);
  const hide = () => { cross.hidden = tip.hidden = true; };
  plot.addEventListener("pointermove", event => {
    const box = plot.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const step = Math.round(low + share * (high - low));
    const lines = chart.series.filter(s => s.x.length).map(s => s.name + "  " + told(at(s, step), chart.unit));
    tip.textContent = ["step " + step, ...lines].join("\n");
    const left = 100 * (step - low) / (high - low);
    cross.style.left = left + "%";
    tip.style.left = left < 50 ? "calc(" + left + "% + 10px)" : "auto";
    tip.style.right = left < 50 ? "auto" : "calc(" + (100 - left) + "% + 10px)";
    cross.hidden = tip.hidden = false;
  });
  plot.addEventListener("pointerleave", hide);
}
