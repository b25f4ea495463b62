import {button, h} from './dom.js';
import {duration} from './format.js';

/** States of a stage that is over. */
export const OVER = new Set(['COMPLETED', 'SKIPPED']);

/** What training fills of the bar of its stage: it is followed by work that is counted in other units. */
const TRAINING = 0.95;

/** A bar is full when its stage is over, and not before. */
const ALMOST = 0.98;

/** What kind of stage that is: `prune` of `prune-2`. */
export const kindOf = name => name.replace(/-\d+$/, '');

export const current = manifest => manifest.stages.find(stage => !OVER.has(stage.state)) ?? null;

const took = stage => stage.started === null
  ? ''
  : duration((new Date(stage.ended ?? Date.now()) - new Date(stage.started)) / 1000);

const share = (done, total) => total > 0 ? Math.min(1, done / total) : 0;

/**
 * How far a stage is: a share for the bar, and words.
 *
 * @param steps of the stage in all; 0 if it does not train
 * @param trained how many of them are done: other work may come before, between and after them
 * @param progress what it counts just now
 */
export function howFar(steps, trained, progress) {
  const counted = share(progress.done, progress.total);
  const whole = steps === 0
    ? counted
    : trained < steps ? TRAINING * share(trained, steps) : TRAINING + (progress.what === 'steps' ? 0 : 1 - TRAINING) * counted;
  const words = `${progress.done}/${progress.total} ${progress.what}`;
  return {share: Math.min(ALMOST, whole), words: counted < 1 ? words : `${words}, finishing`};
}

function gauge(stage, steps, trained, progress) {
  if (stage.state !== 'RUNNING' || !progress) return null;
  const {share: value, words} = howFar(steps, trained, progress);
  return [h('progress', {key: 'bar', value, max: 1, 'aria-label': stage.name}), h('small', {key: 'words'}, words)];
}

/**
 * The stages, a row each.
 *
 * @param progress what a stage has done so far, by its name
 * @param steps how many it has in all, by its name
 * @param history tells how many are done
 */
export function stageTable(manifest, progress, steps, history, onRetry) {
  const rows = manifest.stages.map(stage => h(
    'tr', {key: stage.name, 'data-stage': stage.name},
    h('th', {scope: 'row'}, stage.name),
    h('td', {}, h('span', {class: `state ${stage.state}`}, stage.state.toLowerCase())),
    h('td', {class: 'number'}, took(stage)),
    h('td', {class: 'gauge'}, gauge(stage, steps[stage.name] ?? 0, history.trained(stage.name), progress[stage.name])),
    h('td', {}, button('retry', {
      enabled: stage.state !== 'PENDING' && manifest.state !== 'CANCELLED',
      act: () => onRetry(stage.name),
      'data-retry': stage.name,
      'aria-label': `retry ${stage.name}`,
    })),
    h('td', {class: 'why'}, stage.cause ?? '')));
  const titles = ['stage', 'state', 'time', 'progress'].map(title => h('th', {key: title, scope: 'col'}, title));
  return h(
    'table', {key: manifest.run},
    h('thead', {}, h('tr', {}, titles, h('td', {key: 'again'}), h('td', {key: 'why'}))),
    h('tbody', {}, rows));
}
