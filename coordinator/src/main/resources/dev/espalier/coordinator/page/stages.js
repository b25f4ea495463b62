import {h} from './dom.js';
import {duration} from './format.js';

const OVER = new Set(['COMPLETED', 'SKIPPED']);

export const current = manifest => manifest.stages.find(stage => !OVER.has(stage.state)) ?? null;

const took = stage => stage.started === null
  ? ''
  : duration((new Date(stage.ended ?? Date.now()) - new Date(stage.started)) / 1000);

/** The table's rows; what a stage has done so far is in {@code progress}, by its name. */
export function stageRows(manifest, progress, onRetry) {
  return manifest.stages.map(stage => {
    const done = progress[stage.name];
    const gauge = stage.state === 'RUNNING' && done
      ? [h('progress', {value: done.done, max: done.total}), h('small', {}, `${done.done}/${done.total} ${done.what}`)]
      : [];
    const retry = h('button', {type: 'button', 'data-retry': stage.name, onclick: () => onRetry(stage.name)}, 'retry');
    return h(
      'tr', {'data-stage': stage.name},
      h('th', {scope: 'row'}, stage.name),
      h('td', {}, h('span', {class: `state ${stage.state}`}, stage.state.toLowerCase())),
      h('td', {class: 'number'}, took(stage)),
      h('td', {class: 'gauge'}, gauge),
      h('td', {}, stage.state === 'PENDING' || manifest.state === 'CANCELLED' ? '' : retry),
      h('td', {class: 'why'}, stage.cause ?? ''));
  });
}

export const stageHead = () => h('thead', {}, h(
  'tr', {}, ...['stage', 'state', 'time', 'progress', '', ''].map(title => h('th', {scope: 'col'}, title))));
