import * as api from './api.js';
import {Charts} from './charts.js';
import {button, byId, h, render} from './dom.js';
import {facts} from './facts.js';
import {History} from './history.js';
import {expectedMap, keptMap} from './kept.js';
import {EventLog} from './log.js';
import {outcome} from './results.js';
import {current, OVER, stageTable} from './stages.js';
import {badge} from './state.js';

const REDRAW_MILLIS = 250;
const REFRESH_MILLIS = 5000;
const AGAIN_MILLIS = 2000;
const LONGEST_AGAIN_MILLIS = 60000;

/** What gates are expected to keep is told once a second with a step: later steps without it are under gates no more. */
const EXPECTED_MILLIS = 2000;

/** States of a stage that has not decided yet what it keeps. */
const UNDECIDED = ['RUNNING', 'PAUSED', 'FAILED'];

/** A report is written within a minute, or not at all. */
const MOST_LOOKS = 12;
const END = {COMPLETED: 'the run has completed', CANCELLED: 'the run was cancelled'};

const sentence = words => `${words[0].toUpperCase()}${words.slice(1)}.`;

/** One run as it goes on. */
export class RunView {
  constructor(name, hooks) {
    this.name = name;
    this.hooks = hooks;
    this.history = new History();
    this.progress = {};
    this.steps = {};
    this.manifest = null;
    this.expected = null;
    this.kept = null;
    this.live = true;
    this.looksForReport = MOST_LOOKS;
    this.log = new EventLog(byId('events'));
    this.charts = null;
    this.due = 0;
    this.again = 0;
    this.closed = false;
    this.timers = [setInterval(() => this.redrawWords(), 1000), setInterval(() => this.refresh(), REFRESH_MILLIS)];
  }

  async open() {
    const manifest = await api.status(this.name);
    if (this.closed) return;
    if (manifest === null) throw new TypeError('the run does not say yet what it is');
    this.steps = manifest.steps;
    this.charts = new Charts(byId('charts'), this.steps);
    this.source = api.events(this.name, {
      status: manifest => this.status(manifest),
      stage: news => this.stage(news),
      step: news => this.step(news),
      kept: news => this.expects(news),
      progress: news => this.progressed(news),
      waiting: news => this.waits(news.waiting),
      'attempt-failed': news => this.log.add(news.time, `${news.stage}: attempt ${news.attempt} failed: ${news.cause}`, true),
      ended: news => this.ended(news),
      broken: news => this.log.add(news.time, `the run broke off: ${news.cause}`, true),
      missed: () => this.catchUp(),
      removed: () => this.hooks.onGone(this),
    }, live => this.connected(live), () => this.hooks.onLost(this));
    await this.catchUp();
  }

  /** Asks for what events do not carry until it is told: nothing else may ask for it. */
  async catchUp(wait = AGAIN_MILLIS) {
    clearTimeout(this.again);
    try {
      await this.reload();
      if (this.again !== 0) this.hooks.onObeyed();
      this.again = 0;
    } catch (failure) {
      const millis = Math.min(wait, LONGEST_AGAIN_MILLIS);
      if (!this.closed) this.again = setTimeout(() => this.catchUp(2 * millis), millis);
      this.hooks.onFailure(failure);
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.again);
    this.source?.close();
    this.charts?.close();
    this.timers.forEach(clearInterval);
    clearTimeout(this.due);
    this.log.clear();
    for (const part of ['results', 'training', 'kept']) byId(`${part}-section`).hidden = true;
  }

  connected(live) {
    this.live = live;
    this.hooks.onConnection(live);
    this.redraw();
  }

  /** State and stage, newer than the list of runs may have them. */
  standing() {
    return this.manifest
      && {state: this.manifest.state, stage: current(this.manifest)?.name, waiting: this.manifest.waiting};
  }

  /** Asks for what events do not carry. */
  async reload() {
    const [metrics, kept] = await Promise.all([api.metrics(this.name), api.kept(this.name)]);
    if (this.closed) return;
    this.history.load(metrics ?? {stages: []});
    this.kept = kept;
    this.showKept();
    this.redraw();
    const [results, exported] = await Promise.all([api.results(this.name), api.exported(this.name)]);
    if (!this.closed) this.showOutcome(results, exported);
  }

  showOutcome(results, exported) {
    const whole = this.manifest?.stages.some(stage => stage.name === 'export' && stage.state === 'COMPLETED');
    const files = whole && exported !== null ? exported.files : [];
    const any = results.report || results.columns.length > 0 || files.length > 0;
    this.reported = results.report;
    byId('results-section').hidden = !any;
    render(any ? outcome(results, files, api.report(this.name)) : null, byId('results'));
  }

  /** What was cut; before that, what is expected to be. */
  showKept() {
    const deciding = this.manifest?.stages.find(stage => stage.name === this.expected?.stage);
    // it may still be what it was before it ran: events are faster than the manifest
    const decided = deciding !== undefined && OVER.has(deciding.state);
    const map = this.expected !== null && !decided ? expectedMap(this.expected) : this.kept !== null ? keptMap(this.kept) : null;
    byId('kept-section').hidden = map === null;
    render(map, byId('kept'));
  }

  expects(news) {
    this.expected = news;
    this.soon();
  }

  /** What changes without a word: figures of models that are measured. */
  async refresh() {
    if (document.hidden || this.manifest === null) return;
    if (this.manifest.state !== 'RUNNING') return this.awaitReport();
    const measured = () => Object.values(this.manifest.evaluation).filter(one => one !== null).length;
    const before = measured();
    await this.soonStatus();
    try {
      if (measured() !== before) await this.reload();
    } catch (failure) {
      this.hooks.onFailure(failure);
    }
  }

  /** The report is written when the run has ended; but it may have none, and is not asked for for ever. */
  async awaitReport() {
    const over = ['COMPLETED', 'FAILED'].includes(this.manifest.state);
    if (over && !this.reported && this.looksForReport-- > 0) await this.reload().catch(this.hooks.onFailure);
  }

  status(manifest) {
    this.manifest = manifest;
    this.redraw();
  }

  stage(news) {
    const bad = news.state === 'FAILED';
    this.log.add(news.time, `${news.stage} ${news.state.toLowerCase()}${news.cause ? `: ${news.cause}` : ''}`, bad);
    if (news.stage === this.expected?.stage && !UNDECIDED.includes(news.state)) this.expected = null;
    // a stage that is over, or done again, changes more than it says
    if (news.state !== 'RUNNING') this.soon(() => this.reload());
    this.soonStatus();
  }

  step(news) {
    this.history.add(news);
    this.progress[news.stage] = {done: news.step + 1, total: this.steps[news.stage] ?? 0, what: 'steps'};
    const {expected} = this;
    if (expected !== null && news.stage === expected.stage && Date.parse(news.time) - Date.parse(expected.time) > EXPECTED_MILLIS) {
      this.expected = null;
      this.soon(() => this.reload());
    }
    if (this.history.full()) this.soon(() => this.reload());
    this.soon();
  }

  progressed(news) {
    this.progress[news.stage] = news;
    this.soon();
  }

  waits(waiting) {
    if (this.manifest?.state !== 'RUNNING') return;
    this.manifest.waiting = waiting;
    this.redraw();
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
    this.redrawWords();
    byId('training-section').hidden = ![...this.history.stages.values()].some(rows => rows.length > 0);
    this.charts.show(this.history);
    this.showKept();
  }

  /** Times go on without news. */
  redrawWords() {
    if (this.manifest === null || this.closed) return;
    render(this.head(current(this.manifest)), byId('head'));
    render(stageTable(this.manifest, this.progress, this.steps, this.history, name => this.retry(name)), byId('stages'));
  }

  head(stage) {
    const {state, waiting} = this.manifest;
    const command = (word, enabled, kind, act = () => this.command(word)) =>
      button(word, {enabled, act, key: word, class: kind, 'data-command': word});
    const stopped = state === 'FAILED' || state === 'PAUSED';
    const resumable = stopped || state === 'COMPLETED' && waiting !== null;
    return h('div', {key: this.name, class: this.live ? null : 'stale'},
      h('div', {key: 'title', class: 'title'}, h('h2', {}, this.name), badge(state, waiting)),
      waiting ? h('p', {key: 'waiting', class: 'cause WAITING'}, state === 'RUNNING' ? `Waiting: ${waiting}.` : sentence(waiting)) : null,
      state === 'FAILED' && stage !== null
        ? h('p', {key: 'cause', class: 'cause'}, `${stage.name}: ${stage.cause} – mend that, then resume.`)
        : null,
      h('div', {key: 'buttons', class: 'buttons'},
        command('resume', resumable, resumable ? 'main' : null),
        command('pause', state === 'RUNNING'),
        command('skip', stopped),
        command('cancel', stopped || state === 'RUNNING', 'grave', () => this.cancel())),
      h('dl', {key: 'facts', class: 'facts'}, facts(this.manifest, stage, this.history, this.steps, this.progress[stage?.name])));
  }
}
