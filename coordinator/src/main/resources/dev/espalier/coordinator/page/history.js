const FIELDS = ['loss', 'loss.kl', 'loss.layers', 'sparsity.expected', 'sparsity.target', 'seconds', 'tokens'];

/** More than a chart can show: then the coordinator is asked to thin them out again. */
const MOST_STEPS = 4000;

/** The training steps of a run by stage, kept up to date by its events. */
export class History {
  constructor() {
    this.stages = new Map();
  }

  /** Takes over what the coordinator recorded. */
  load(metrics) {
    this.stages = new Map(metrics.stages.map(stage => [stage.stage, stage.step.map((step, i) => {
      const row = {step, teacher: stage.teacher[i]};
      for (const field of FIELDS) row[field] = stage.series[field]?.[i] ?? null;
      return row;
    })]));
  }

  /** Workers may tell their steps in any order, and an attempt that is repeated tells them again. */
  add(news) {
    const rows = this.of(news.stage);
    const row = {step: news.step, teacher: news.teacher ?? 'none'};
    for (const field of FIELDS) row[field] = news[field] ?? null;
    let at = rows.length;
    while (at > 0 && rows[at - 1].step >= row.step) at--;
    rows.splice(at, rows[at]?.step === row.step ? 1 : 0, row);
  }

  of(stage) {
    if (!this.stages.has(stage)) this.stages.set(stage, []);
    return this.stages.get(stage);
  }

  full() {
    return [...this.stages.values()].some(rows => rows.length > MOST_STEPS);
  }
}
