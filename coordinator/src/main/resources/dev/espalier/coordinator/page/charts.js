import uPlot from './uplot.js';
import {h, render} from './dom.js';
import {count, rate} from './format.js';
import {kindOf} from './stages.js';

const HEIGHT = 210;
const SMALL = 120;
const column = (rows, field, scale = 1) => rows.map(row => row[field] == null ? null : scale * row[field]);
/** What has a place of its own; whatever else a method tells is drawn under the name that it gives it. */
const PLACED = new Set([
  'step', 'teacher', 'tokens', 'seconds', 'loss', 'loss.kl', 'loss.layers', 'loss.lagrangian', 'loss.validation',
  'sparsity.expected', 'sparsity.target', 'learning-rate', 'gradient-norm',
]);
const unplaced = rows => [...new Set(rows.flatMap(row => Object.keys(row)))].filter(name => !PLACED.has(name));
const isLoss = name => name.startsWith('loss.');

const any = values => values.some(value => value !== null);

/** An exponential mean over about a twentieth of the points, unbiased at the start, anew with each round. */
function smooth(values, rows, starts) {
  const keep = 1 - 1 / Math.max(1, values.length / 20);
  let sum = 0;
  let weight = 0;
  let begun = 0;
  return values.map((value, i) => {
    if (begun < starts.length && rows[i].step >= starts[begun]) {
      begun++;
      sum = 0;
      weight = 0;
    }
    if (value === null) return null;
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return sum / weight;
  });
}

const teacherPercent = row => /^\d+$/.test(String(row.teacher)) ? Number(row.teacher) : row.teacher === 'intact' ? 0 : null;

/** Whether the loss is the KL divergence and nothing else: then there is one line to draw. */
export const isAllKl = rows => rows.every(row => row['loss.kl'] == null || row.loss == null
  || Math.abs(row.loss - row['loss.kl']) <= 1e-6 * Math.max(1, Math.abs(row.loss)));

function lossLines(rows, starts) {
  const kl = column(rows, 'loss.kl');
  const validation = column(rows, 'loss.validation');
  const one = any(kl) && isAllKl(rows);
  const label = one ? 'loss (all of it KL)' : 'loss';
  const lines = [
    {label, colour: '--first', faint: true, values: column(rows, 'loss')},
    {label, colour: '--first', values: smooth(column(rows, 'loss'), rows, starts)},
  ];
  if (any(kl) && !one) lines.push({label: 'KL', colour: '--second', dash: [6, 3], values: smooth(kl, rows, starts)});
  unplaced(rows).filter(isLoss).forEach(name => lines.push(
    {label: name.slice('loss.'.length), colour: '--target', dash: [3, 3], values: smooth(column(rows, name), rows, starts)}));
  if (any(validation)) lines.push({label: 'validation', colour: '--third', dots: true, values: validation});
  return lines;
}

const losses = (kind, title) =>
  ({kind, title, note: 'Nats per token; faint: each step.', lines: lossLines, value: number => number.toFixed(4)});

const throughput = (kind, title) => ({
  kind,
  title,
  note: 'Tokens per second of the worker that took the step.',
  height: SMALL,
  lines: (rows, starts) => {
    const speeds = rows.map(row => row.seconds > 0 ? row.tokens / row.seconds : null);
    return [{label: 'tokens/s', colour: '--first', values: smooth(speeds, rows, starts)}];
  },
  value: count,
  fromZero: true,
});

const learningRate = (kind, title) => ({
  kind,
  title,
  note: 'As the optimizer used it.',
  height: SMALL,
  lines: rows => [{label: 'learning rate', colour: '--second', values: column(rows, 'learning-rate')}],
  value: rate,
  fromZero: true,
});

const COLOURS = ['--first', '--second', '--third', '--fourth'];

/** The chart that a name is drawn in: its own, but the texts' shares, their gaps, and a structure beside its target. */
const chartOf = name => name.startsWith('share.') ? 'share.' : name.startsWith('gap.') ? 'gap.'
  : name.startsWith('target.') ? name.replace('target.', 'closed.') : name;
const TITLES = {'share.': 'Shares of the texts', 'gap.': 'Loss gaps of the texts'};
const NOTES = {
  'share.': 'Of the training sequences, by domain.',
  'gap.': 'Loss on held-out text beyond its reference, by domain.',
};

const measured = (kind, chart) => ({
  kind,
  title: `${TITLES[chart] ?? chart.replace(/[.-]/g, ' ').replace(/^./, first => first.toUpperCase())}.`,
  note: NOTES[chart] ?? (chart.startsWith('closed.') ? 'Expected share of closed units, and what the shape wants.'
    : 'As the method tells it of each step.'),
  height: SMALL,
  lines: rows => unplaced(rows).filter(name => !isLoss(name) && chartOf(name) === chart).sort().map((name, i) => ({
    label: chart.endsWith('.') ? name.slice(chart.length) : name,
    colour: name.startsWith('target.') ? '--target' : COLOURS[i % COLOURS.length],
    dash: name.startsWith('target.') ? [5, 4] : i >= COLOURS.length ? [2, 3] : undefined,
    stepped: chart === 'share.',
    values: column(rows, name),
  })),
  value: number => Number(number.toPrecision(4)).toString(),
});

const percents = number => `${number.toFixed(1)} %`;

/** Upright lines where another round begins. */
function drawStarts(plot, starts, colour) {
  const {ctx, bbox} = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  for (const start of starts) {
    const x = Math.round(plot.valToPos(start - 0.5, 'x', true));
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

const CHARTS = [
  {
    kind: 'prune',
    title: 'Sparsity against its target.',
    note: 'Expected share of prunable parameters that is gone.',
    lines: rows => [
      {label: 'expected', colour: '--first', values: column(rows, 'sparsity.expected', 100)},
      {label: 'target', colour: '--target', dash: [5, 4], values: column(rows, 'sparsity.target', 100)},
    ],
    value: percents,
    fromZero: true,
    least: 5,
  },
  {
    kind: 'prune',
    title: 'The teacher in use.',
    note: 'Its sparsity at each step; 0 % is the intact model.',
    needs: rows => rows.some(row => teacherPercent(row) !== null),
    lines: rows => [
      {label: 'student', colour: '--target', dash: [5, 4], values: column(rows, 'sparsity.expected', 100)},
      {label: 'teacher', colour: '--second', stepped: true, values: rows.map(teacherPercent)},
    ],
    value: percents,
    fromZero: true,
    least: 5,
  },
  losses('prune', 'Losses while pruning.'),
  losses('recover', 'Losses while recovering.'),
  losses('pretrain', 'Losses in continued pre-training.'),
  throughput('prune', 'Speed while pruning.'),
  learningRate('prune', 'Learning rate while pruning.'),
  throughput('recover', 'Speed while recovering.'),
  learningRate('recover', 'Learning rate while recovering.'),
  throughput('pretrain', 'Speed in continued pre-training.'),
  learningRate('pretrain', 'Learning rate in continued pre-training.'),
];

/** One figure; drawn anew when its lines or the colours change, and fed with rows otherwise. */
class Figure {
  /** @param stages whose steps it shows: names and how many steps each has in all */
  constructor(definition, stages) {
    this.definition = definition;
    this.stages = stages;
    this.steps = stages.reduce((sum, [, steps]) => sum + steps, 0);
    this.starts = [];
    this.plot = null;
    this.height = definition.height ?? HEIGHT;
    this.frame = document.createElement('div');
    this.element = document.createElement('figure');
    const caption = document.createElement('figcaption');
    render([h('b', {}, definition.title), ` ${definition.note}`], caption);
    this.element.append(caption, this.frame);
    this.size = new ResizeObserver(() => this.fit());
    this.size.observe(this.frame);
  }

  /** Whether there is something to see. */
  has(rows) {
    const {needs = () => true, lines} = this.definition;
    return rows.length > 0 && needs(rows) && lines(rows, []).some(line => any(line.values));
  }

  show({rows, starts}) {
    this.starts = starts;
    const lines = this.definition.lines(rows, starts);
    const data = [rows.map(row => row.step), ...lines.map(line => line.values)];
    const labels = lines.map(line => line.label).join();
    if (this.plot === null || labels !== this.labels) this.draw(lines, data);
    else this.plot.setData(data);
    this.labels = labels;
  }

  draw(lines, data) {
    const colours = getComputedStyle(document.documentElement);
    const colour = name => colours.getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--muted'),
      grid: {stroke: colour('--rule'), width: 1},
      ticks: {show: false},
      font: '12px system-ui, sans-serif',
    };
    const {value, fromZero, least = 0} = this.definition;
    const words = fromZero && !least ? {values: (plot, ticks) => ticks.map(tick => tick === 0 ? '0' : value(tick))} : {};
    this.lines = lines;
    this.plot?.destroy();
    this.plot = new uPlot({
      width: Math.max(200, this.frame.clientWidth),
      height: this.height,
      cursor: {drag: {x: false, y: false}},
      scales: {
        x: {time: false, range: (plot, from, most) => [0, Math.max(this.steps - 1, most, 1)]},
        y: {range: (plot, from, most) => {
          if (fromZero) return [0, Math.max(least, 1.06 * most) || 1];
          const margin = 0.06 * Math.max(1e-6, most - from);
          return [from < 0 ? from - margin : Math.max(0, from - margin), most + margin];
        }},
      },
      axes: [{...axis, size: 28}, {...axis, ...words, size: 58}],
      series: [{label: 'step', value: (plot, step) => step ?? '–'}, ...lines.map(line => ({
        label: line.label,
        stroke: colour(line.colour) + (line.faint ? '55' : ''),
        width: line.faint ? 1 : 1.9,
        dash: line.dash,
        points: {show: line.dots === true, size: 6},
        spanGaps: true,
        paths: line.stepped ? uPlot.paths.stepped({align: 1}) : undefined,
        class: line.faint ? 'faint' : undefined,
        value: (plot, number) => number === null || number === undefined ? '–' : value(number),
      }))],
      hooks: {
        init: [plot => plot.root.querySelectorAll('.u-legend .faint').forEach(row => row.remove())],
        drawAxes: [plot => drawStarts(plot, this.starts, colour('--muted'))],
      },
    }, data, this.frame);
  }

  fit() {
    const width = this.frame.clientWidth;
    if (this.plot !== null && width > 0 && width !== this.plot.width) this.plot.setSize({width, height: this.height});
  }

  recolour() {
    if (this.plot !== null) this.draw(this.lines, this.plot.data);
  }

  close() {
    this.size.disconnect();
    this.plot?.destroy();
  }
}

/** The charts of a run, as far as there is something to show. */
export class Charts {
  /** @param steps how many steps a stage has in all, by its name and in their order */
  constructor(place, steps) {
    this.place = place;
    this.steps = steps;
    this.figures = CHARTS.map(definition => this.figure(definition));
    this.measured = new Set();
    this.colours = matchMedia('(prefers-color-scheme: dark)');
    this.recolour = () => this.figures.forEach(figure => figure.recolour());
    this.colours.addEventListener('change', this.recolour);
  }

  figure(definition) {
    return new Figure(definition, Object.entries(this.steps).filter(([name]) => kindOf(name) === definition.kind));
  }

  /** Makes a place for what no chart shows yet. */
  extend(history) {
    for (const stage of Object.keys(this.steps)) {
      const kind = kindOf(stage);
      for (const name of unplaced(history.of(stage))) {
        const chart = chartOf(name);
        if (isLoss(name) || this.measured.has(`${kind} ${chart}`)) continue;
        this.measured.add(`${kind} ${chart}`);
        this.figures.push(this.figure(measured(kind, chart)));
      }
    }
  }

  show(history) {
    this.extend(history);
    for (const figure of this.figures) {
      const rounds = history.rounds(figure.stages);
      if (figure.has(rounds.rows)) {
        if (!figure.element.isConnected) {
          this.place.append(figure.element);
          // in their order, whichever came first
          this.figures.filter(other => other.element.isConnected).forEach(other => this.place.append(other.element));
        }
        figure.show(rounds);
      } else {
        figure.element.remove();
      }
    }
  }

  close() {
    this.colours.removeEventListener('change', this.recolour);
    this.figures.forEach(figure => figure.close());
    this.place.replaceChildren();
  }
}
