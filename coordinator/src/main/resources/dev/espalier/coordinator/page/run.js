import * as api from './api.js';
import {Charts} from './charts.js';
import {byId, h} from './dom.js';
import {facts} from './facts.js';
import {History} from './history.js';
import {keptMap} from './kept.js';
import {EventLog} from './log.js';
import {current, stageHead, stageRows} from './stages.js';

const REDRAW_MILLIS = 250;
const END = {COMPLETED: 'the run has completed', CANCELLED: 'the run was cancelled'};

/** One run as it goes on. */
export class RunView {
  constructor(name, hooks) {
    this.name = name;
    this.hooks = hooks;
    this.history = new History();
    this.progress = {};
    this.steps = {};
    this.manifest = null;
    this.log = new EventLog(byId('events'));
    this.charts = null;
    this.due = 0;
    this.closed = false;
    this.tick = setInterval(() => this.redraw(), 1000);
  }

  async open() {
    const config = await api.config(this.name);
    if (this.closed) return;
    this.steps = {prune: config.prune?.steps ?? 0, recover: config.recover?.steps ?? 0};
    this.charts = new Charts(byId('charts'), this.steps);
    this.source = api.events(this.name, {
      status: manifest => this.status(manifest),
      stage: news => this.stage(news),
      step: news => this.step(news),
      progress: news => this.progressed(news),
      'attempt-failed': news => this.log.add(news.time, `${news.stage}: attempt ${news.attempt} failed: ${news.cause}`, true),
      ended: news => this.ended(news),
      broken: news => this.log.add(news.time, `the run broke off: ${news.cause}`, true),
      missed: () => this.reload(),
    }, live => this.hooks.onConnection(live));
    await this.reload();
  }

  close() {
    this.closed = true;
    this.source?.close();
    this.charts?.close();
    clearInterval(this.tick);
    clearTimeout(this.due);
    this.log.clear();
  }

  /** State and stage, newer than the list of runs may have them. */
  standing() {
    return this.manifest && {state: this.manifest.state, stage: current(this.manifest)?.name};
  }

  /** Asks for what events do not carry. */
  async reload() {
    const [metrics, kept] = await Promise.all([api.metrics(this.name), api.kept(this.name)]);
    if (this.closed) return;
    this.history.load(metrics ?? {stages: []});
    byId('kept-section').hidden = kept === null;
    byId('kept').replaceChildren(...(kept === null ? [] : keptMap(kept)));
    this.redraw();
  }

  status(manifest) {
    this.manifest = manifest;
    this.redraw();
  }

  stage(news) {
    const bad = news.state === 'FAILED';
    this.log.add(news.time, `${news.stage} ${news.state.toLowerCase()}${news.cause ? `: ${news.cause}` : ''}`, bad);
    // a stage that is over, or done again, changes more than it says
    if (news.state !== 'RUNNING') this.soon(() => this.reload());
    this.soonStatus();
  }

  step(news) {
    this.history.add(news);
    this.progress[news.stage] = {done: news.step + 1, total: this.steps[news.stage] ?? 0, what: 'steps'};
    if (this.history.full()) this.soon(() => this.reload());
    this.soon();
  }

  progressed(news) {
    this.progress[news.stage] = news;
    this.soon();
  }

  ended(news) {
    this.log.add(news.time, END[news.state] ?? `the run failed in stage ${news.stage}: ${news.cause}`, news.state === 'FAILED');
    this.soonStatus();
  }

  /** Draws once for many events. */
  soon(first = null) {
    if (first !== null) this.first = first;
    if (this.due !== 0) return;
    this.due = setTimeout(async () => {
      this.due = 0;
      const task = this.first;
      this.first = null;
      try {
        if (task) await task();
      } catch (failure) {
        this.hooks.onFailure(failure);
      }
      if (!this.closed) this.redraw();
    }, REDRAW_MILLIS);
  }

  async soonStatus() {
    try {
      const manifest = await api.status(this.name);
      if (!this.closed) this.status(manifest);
      this.hooks.onChange();
    } catch (failure) {
      this.hooks.onFailure(failure);
    }
  }

  async command(word, body = {}) {
    try {
      this.status(await api.command(this.name, word, body));
      this.hooks.onObeyed();
    } catch (failure) {
      this.hooks.onFailure(failure);
    }
  }

  async retry(stage) {
    if (await this.hooks.ask(`Do ${stage} again from its start, and all stages after it?`)) {
      await this.command('retry', {stage});
    }
  }

  async cancel() {
    if (await this.hooks.ask(`End run ${this.name} for good? What it left behind stays.`)) await this.command('cancel');
  }

  redraw() {
    if (this.manifest === null || this.charts === null || this.closed) return;
    const stage = current(this.manifest);
    byId('head').replaceChildren(...this.head(stage));
    byId('stages').replaceChildren(
      stageHead(), h('tbody', {}, stageRows(this.manifest, this.progress, name => this.retry(name))));
    byId('training-section').hidden = ![...this.history.stages.values()].some(rows => rows.length > 0);
    this.charts.show(this.history);
  }

  head(stage) {
    const {state} = this.manifest;
    const button = (word, enabled, kind, act = () => this.command(word)) =>
      h('button', {type: 'button', class: kind, 'data-command': word, disabled: !enabled, onclick: act}, word);
    const stopped = state === 'FAILED' || state === 'PAUSED';
    return [
      h('div', {class: 'title'}, h('h2', {}, this.name), h('span', {class: `state ${state}`}, state.toLowerCase())),
      state === 'FAILED' && stage !== null
        ? h('p', {class: 'cause'}, `${stage.name}: ${stage.cause} – mend that, then resume.`)
        : null,
      h('div', {class: 'buttons'},
        button('resume', stopped, stopped ? 'main' : null),
        button('pause', state === 'RUNNING'),
        button('skip', stopped),
        button('cancel', stopped || state === 'RUNNING', 'grave', () => this.cancel())),
      h('dl', {class: 'facts'}, facts(this.manifest, stage, this.history, this.steps)),
    ].filter(element => element !== null);
  }
}
