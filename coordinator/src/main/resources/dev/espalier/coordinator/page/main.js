import * as api from './api.js';
import {byId, h, render} from './dom.js';
import {dateTime} from './format.js';
import {RunView} from './run.js';
import {badge} from './state.js';
import {workerTable} from './workers.js';

const LOOK_MILLIS = 5000;

/** Until what was refused or did not arrive is tried again. */
const AGAIN_MILLIS = 2000;

let view = null;
let runs = [];

/** Runs by their identity: another may get the name of one that is gone. */
const removed = new Set();
const identity = (name, submitted) => `${name} ${submitted}`;

function notice(words) {
  byId('notice').textContent = words;
  byId('notice').hidden = words === '';
}

function connection(live) {
  byId('connection').className = live ? 'live' : 'lost';
  byId('connection').textContent = live ? 'live' : 'connection lost, trying again';
}

function failed(failure) {
  if (failure.kind === 'token-needed') byId('access').open = true;
  // a lost connection is told by the dot beside the title
  if (failure instanceof api.Refusal) notice(failure.message);
  else if (!(failure instanceof TypeError)) throw failure;
}

/** Whether the reader says yes. */
function ask(words) {
  const dialog = document.createElement('dialog');
  render(h(
    'form', {method: 'dialog'},
    h('p', {}, words),
    h('menu', {}, h('li', {}, h('button', {value: 'no'}, 'no')), h('li', {}, h('button', {value: 'yes', class: 'grave'}, 'yes')))), dialog);
  dialog.setAttribute('aria-label', words);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise(resolve => dialog.addEventListener('close', () => {
    dialog.remove();
    resolve(dialog.returnValue === 'yes');
  }));
}

const chosen = () => decodeURIComponent(location.hash.slice(1));

const listed = name => runs.find(run => run.run === name);

function open(run) {
  if (view?.name === run) return;
  view?.close();
  notice('');
  document.title = `${run} · Espalier`;
  const opened = new RunView(run, {
    onConnection: connection, onFailure: failed, onChange: drawRuns, onObeyed: () => notice(''), onGone: gone, onLost: lost, ask,
  });
  view = opened;
  view.submitted = listed(run)?.submitted;
  view.open().catch(failure => {
    opened.unknown = failure.kind === 'unknown-run';
    if (!opened.unknown) lost(opened);
    failed(failure);
  });
}

function leave() {
  view.close();
  view = null;
}

/** The run was removed; what has its name now, if anything, is another. */
async function gone(left) {
  if (left !== view) return;
  removed.add(identity(left.name, left.submitted));
  leave();
  if (chosen() === left.name) history.replaceState(null, '', location.pathname + location.search);
  document.title = 'Espalier';
  await look();
  notice(`Run ${left.name} was removed.`);
}

function lost(left) {
  setTimeout(() => {
    if (left !== view) return;
    leave();
    open(left.name);
  }, AGAIN_MILLIS);
}

/** The list of runs may say that the run on show is not there any more, or that another has its name. */
function compare(more) {
  const now = listed(view.name);
  if (view.submitted === undefined) view.submitted = now?.submitted;
  // one that was not there when it was asked for is opened when it is
  const come = view.unknown && now !== undefined;
  if (now?.submitted === view.submitted && !come) return;
  if (now !== undefined) {
    const {name} = view;
    leave();
    open(name);
  } else if (!more) {
    gone(view);
  }
}

function item(run) {
  const isCurrent = view?.name === run.run;
  const {state, stage, waiting} = isCurrent && view.standing() ? view.standing() : run;
  return h('li', {key: run.run}, h(
    'a', {href: `#${encodeURIComponent(run.run)}`, 'aria-current': isCurrent ? 'page' : null},
    run.run,
    h('small', {}, badge(state, waiting), stage ? ` ${stage}` : ''),
    h('small', {}, dateTime(run.submitted))));
}

function drawRuns() {
  const none = h('li', {key: '', class: 'empty'}, 'None yet: ', h('code', {}, 'espalier submit CONFIG'), ' starts one.');
  render(runs.length > 0 ? runs.map(item) : [none], byId('runs'));
}

/** The list of runs and of workers, which no run's events tell of. */
async function look() {
  try {
    const [all, {workers}] = await Promise.all([api.runs(), api.workers()]);
    // a run is in the list for a moment after it was removed
    runs = all.runs.filter(run => !removed.has(identity(run.run, run.submitted)));
    if (view !== null) compare(all.more);
    byId('run').hidden = runs.length === 0;
    if (view === null && runs.length > 0) open(chosen() || runs[0].run);
    drawRuns();
    render(workerTable(workers), byId('workers'));
    if (view === null) connection(true);
  } catch (failure) {
    if (view === null) connection(false);
    failed(failure);
  }
}

byId('token').value = api.token.get();
byId('token').addEventListener('input', event => api.token.set(event.target.value));
byId('token').addEventListener('change', () => view?.reload().catch(failed));
addEventListener('hashchange', () => {
  if (chosen()) open(chosen());
  look();
});
look();
setInterval(() => document.hidden || look(), LOOK_MILLIS);
