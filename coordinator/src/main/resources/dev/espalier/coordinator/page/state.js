import {h} from './dom.js';

/** A state as a coloured word. A run that waits is not green, whatever it is called. */
export const badge = (state, waiting = null) => state === 'RUNNING' && waiting
  ? h('span', {class: 'state WAITING'}, 'waiting')
  : h('span', {class: `state ${state}`}, state.toLowerCase());
