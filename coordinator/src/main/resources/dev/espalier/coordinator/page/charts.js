import uPlot from './uplot.js';
import {h} from './dom.js';

const HEIGHT = 210;
const column = (rows, field, scale = 1) => rows.map(row => row[field] === null ? null : scale * row[field]);

/** An exponential mean over about a twentieth of the points, unbiased at the start. */
function smooth(values) {
  const keep = 1 - 1 / Math.max(1, values.length / 20);
  let sum = 0;
  let weight = 0;
  return values.map(value => {
    if (value === null) return null;
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return sum / weight;
  });
}

const teacherPercent = row => /^\d+$/.test(String(row.teacher)) ? Number(row.teacher) : row.teacher === 'intact' ? 0 : null;

function losses(stage, title) {
  return {
    stage,
    title,
    note: 'Nats per token; faint: each step.',
    lines: [
      {label: 'loss', colour: '--first', faint: true, hidden: true},
      {label: 'loss', colour: '--first'},
      {label: 'KL', colour: '--second', dash: [6, 3]},
    ],
    columns: rows => [column(rows, 'loss'), smooth(column(rows, 'loss')), smooth(column(rows, 'loss.kl'))],
    value: number => number.toFixed(4),
  };
}

const CHARTS = [
  {
    stage: 'prune',
    title: 'Sparsity against its target.',
    note: 'Expected share of prunable parameters that is gone.',
    lines: [{label: 'expected', colour: '--first'}, {label: 'target', colour: '--target', dash: [5, 4]}],
    columns: rows => [column(rows, 'sparsity.expected', 100), column(rows, 'sparsity.target', 100)],
    value: number => `${number.toFixed(1)} %`,
    fromZero: true,
  },
  {
    stage: 'prune',
    title: 'The teacher in use.',
    note: 'Its sparsity at each step; 0 % is the intact model.',
    lines: [{label: 'student', colour: '--target', dash: [5, 4]}, {label: 'teacher', colour: '--second', stepped: true}],
    columns: rows => [column(rows, 'sparsity.expected', 100), rows.map(teacherPercent)],
    value: number => `${number.toFixed(1)} %`,
    fromZero: true,
  },
  losses('prune', 'Losses while pruning.'),
  losses('recover', 'Losses while recovering.'),
];

/** One figure; drawn anew when the colours change, and fed with rows otherwise. */
class Figure {
  constructor(definition, steps) {
    this.definition = definition;
    this.steps = steps;
    this.plot = null;
    this.frame = h('div');
    this.element = h('figure', {}, h('figcaption', {}, h('b', {}, definition.title), ` ${definition.note}`), this.frame);
    this.size = new ResizeObserver(() => this.fit());
    this.size.observe(this.frame);
  }

  show(rows) {
    this.rows = rows;
    const data = [rows.map(row => row.step), ...this.definition.columns(rows)];
    if (this.plot === null) this.draw(data);
    else this.plot.setData(data);
  }

  draw(data) {
    const colours = getComputedStyle(document.documentElement);
    const colour = name => colours.getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--muted'),
      grid: {stroke: colour('--rule'), width: 1},
      ticks: {show: false},
      font: '12px system-ui, sans-serif',
    };
    const {lines, value, fromZero} = this.definition;
    this.plot?.destroy();
    this.plot = new uPlot({
      width: Math.max(200, this.frame.clientWidth),
      height: HEIGHT,
      cursor: {drag: {x: false, y: false}},
      scales: {
        x: {time: false, range: (plot, least, most) => [0, Math.max(this.steps - 1, most, 1)]},
        y: {range: (plot, least, most) => {
          if (fromZero) return [0, Math.max(5, 1.06 * most)];
          const margin = 0.06 * Math.max(1e-6, most - least);
          return [Math.max(0, least - margin), most + margin];
        }},
      },
      axes: [{...axis, size: 28}, {...axis, size: 52}],
      series: [{label: 'step', value: (plot, step) => step ?? '–'}, ...lines.map(line => ({
        label: line.label,
        stroke: colour(line.colour) + (line.faint ? '55' : ''),
        width: line.faint ? 1 : 1.9,
        dash: line.dash,
        points: {show: false},
        spanGaps: true,
        paths: line.stepped ? uPlot.paths.stepped({align: 1}) : undefined,
        class: line.faint ? 'faint' : undefined,
        value: (plot, number) => number === null || number === undefined ? '–' : value(number),
      }))],
      hooks: {init: [plot => plot.root.querySelectorAll('.u-legend .faint').forEach(row => row.remove())]},
    }, data, this.frame);
  }

  fit() {
    const width = this.frame.clientWidth;
    if (this.plot !== null && width > 0 && width !== this.plot.width) this.plot.setSize({width, height: HEIGHT});
  }

  recolour() {
    if (this.plot !== null) this.draw(this.plot.data);
  }

  close() {
    this.size.disconnect();
    this.plot?.destroy();
  }
}

/** The charts of a run, as far as there is something to show. */
export class Charts {
  /** @param steps how many steps a stage has in all, by its name */
  constructor(place, steps) {
    this.place = place;
    this.figures = CHARTS.map(definition => new Figure(definition, steps[definition.stage] ?? 0));
    this.colours = matchMedia('(prefers-color-scheme: dark)');
    this.recolour = () => this.figures.forEach(figure => figure.recolour());
    this.colours.addEventListener('change', this.recolour);
  }

  /** @return whether there is anything to see */
  show(history) {
    let any = false;
    for (const figure of this.figures) {
      const rows = history.of(figure.definition.stage);
      if (rows.length > 0) {
        if (!figure.element.isConnected) {
          this.place.append(figure.element);
          // in their order, whichever came first
          this.figures.filter(other => other.element.isConnected).forEach(other => this.place.append(other.element));
        }
        figure.show(rows);
        any = true;
      } else {
        figure.element.remove();
      }
    }
    return any;
  }

  close() {
    this.colours.removeEventListener('change', this.recolour);
    this.figures.forEach(figure => figure.close());
    this.place.replaceChildren();
  }
}
