import * as api from './api.js';
import {byId, h} from './dom.js';
import {dateTime} from './format.js';
import {RunView} from './run.js';
import {workerRows} from './workers.js';

const LOOK_MILLIS = 5000;

let view = null;

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
  const dialog = h('dialog', {}, h(
    'form', {method: 'dialog'},
    h('p', {}, words),
    h('menu', {}, h('button', {value: 'no'}, 'no'), h('button', {value: 'yes', class: 'grave'}, 'yes'))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise(resolve => dialog.addEventListener('close', () => {
    dialog.remove();
    resolve(dialog.returnValue === 'yes');
  }));
}

const chosen = () => decodeURIComponent(location.hash.slice(1));

function open(run) {
  if (view?.name === run) return;
  view?.close();
  notice('');
  document.title = `${run} · Espalier`;
  view = new RunView(run, {onConnection: connection, onFailure: failed, onChange: look, onObeyed: () => notice(''), ask});
  view.open().catch(failed);
}

function item(run) {
  const isCurrent = view?.name === run.run;
  const {state, stage} = isCurrent && view.standing() ? view.standing() : run;
  return h('li', {}, h(
    'a', {href: `#${encodeURIComponent(run.run)}`, 'aria-current': isCurrent ? 'page' : null},
    run.run,
    h('small', {}, h('span', {class: `state ${state}`}, state.toLowerCase()), stage ? ` ${stage}` : ''),
    h('small', {}, dateTime(run.submitted))));
}

/** The list of runs and of workers, which no run's events tell of. */
async function look() {
  try {
    const [{runs}, {workers}] = await Promise.all([api.runs(), api.workers()]);
    byId('run').hidden = runs.length === 0;
    if (view === null && runs.length > 0) open(chosen() || runs[0].run);
    byId('runs').replaceChildren(...(runs.length > 0 ? runs.map(item) : [h('li', {class: 'empty'}, 'none yet: espalier submit')]));
    byId('workers').replaceChildren(...workerRows(workers));
    if (view === null) connection(true);
  } catch (failure) {
    if (view === null) connection(false);
    failed(failure);
  }
}

byId('token').value = api.token.get();
byId('token').addEventListener('input', event => api.token.set(event.target.value));
addEventListener('hashchange', () => {
  if (chosen()) open(chosen());
  look();
});
look();
setInterval(look, LOOK_MILLIS);
