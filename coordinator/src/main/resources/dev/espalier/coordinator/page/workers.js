import {h} from './dom.js';
import {time} from './format.js';

const gibibytes = bytes => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Who works at what. */
export function workerTable(workers) {
  if (workers.length === 0) {
    return h('p', {key: 'none', class: 'empty'}, 'No worker is here: ', h('code', {}, 'espalier worker'), ' starts one.');
  }
  return h(
    'table', {key: 'some'},
    h('thead', {}, h('tr', {}, ['worker', 'does', 'device', 'memory', 'heard'].map(title => h('th', {scope: 'col'}, title)))),
    h('tbody', {}, workers.map(worker => h(
      'tr', {key: worker.name},
      h('th', {scope: 'row'}, worker.name),
      h('td', {}, worker.run === null ? 'nothing' : `${worker.run}, ${worker.stage}`),
      h('td', {class: 'number'}, `${worker.device}, ${worker.processors} processors`),
      h('td', {class: 'number'}, gibibytes(worker['memory-bytes'])),
      h('td', {class: 'number'}, time(worker.heard))))));
}
