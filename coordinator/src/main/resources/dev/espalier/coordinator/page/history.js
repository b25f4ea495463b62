/** Of a step's news, what is no number that it measured. */
const OTHERS = new Set(['time', 'stage', 'step', 'teacher']);

/** More than a chart can show: then the coordinator is asked to thin them out again. */
const MOST_STEPS = 4000;

/** A pace is measured over so many seconds, by the clock: workers take their steps side by side. */
const WINDOW_SECONDS = 120;

/** The training steps of a run by stage, kept up to date by its events. */
export class History {
  constructor() {
    this.stages = new Map();
    this.told = new Map();
  }

  /** Takes over what the coordinator recorded. */
  load(metrics) {
    this.stages = new Map(metrics.stages.map(stage => [stage.stage, stage.step.map((step, i) => {
      const row = {step, teacher: stage.teacher[i]};
      for (const [name, values] of Object.entries(stage.series)) row[name] = values[i];
      return row;
    })]));
  }

  /** Workers may tell their steps in any order, and an attempt that is repeated tells them again. */
  add(news) {
    const rows = this.of(news.stage);
    const row = {step: news.step, teacher: news.teacher ?? 'none'};
    for (const [name, value] of Object.entries(news)) if (!OTHERS.has(name)) row[name] = value;
    let at = rows.length;
    while (at > 0 && rows[at - 1].step >= row.step) at--;
    rows.splice(at, rows[at]?.step === row.step ? 1 : 0, row);
    this.tell(news.stage, Date.parse(news.time) / 1000, news.step);
  }

  tell(stage, second, step) {
    const told = (this.told.get(stage) ?? []).filter(one => one.second > second - WINDOW_SECONDS);
    told.push({second, step});
    this.told.set(stage, told);
  }

  /** Seconds that a step of the stage takes; null if not known. */
  pace(stage) {
    const told = this.told.get(stage) ?? [];
    if (told.length > 1) {
      const steps = Math.max(...told.map(one => one.step)) - told[0].step;
      const seconds = told[told.length - 1].second - told[0].second;
      if (steps > 0 && seconds > 0) return seconds / steps;
    }
    const rows = this.of(stage).filter(row => row.seconds > 0).slice(-15).map(row => row.seconds).sort((a, b) => a - b);
    return rows.length > 0 ? rows[Math.floor(rows.length / 2)] : null;
  }

  /** How many steps of the stage are done. */
  trained(stage) {
    const rows = this.of(stage);
    return rows.length > 0 ? rows[rows.length - 1].step + 1 : 0;
  }

  of(stage) {
    if (!this.stages.has(stage)) this.stages.set(stage, []);
    return this.stages.get(stage);
  }

  /**
   * The steps of all stages of a kind, one round after the other.
   *
   * @param stages names of those stages, in their order, each with the steps that it has in all
   * @return rows, numbered on from round to round, and the first steps of later rounds
   */
  rounds(stages) {
    const rows = [];
    const starts = [];
    let before = 0;
    for (const [name, steps] of stages) {
      const own = this.of(name);
      if (before > 0) starts.push(before);
      rows.push(...(before > 0 ? own.map(row => ({...row, step: before + row.step})) : own));
      before += Math.max(steps, this.trained(name));
    }
    return {rows, starts};
  }

  full() {
    return [...this.stages.values()].some(rows => rows.length > MOST_STEPS);
  }
}
