import {h} from './preact.js';

/** Elements are compared with what is there and changed in place, so that no hand or key loses what it is on. */
export {h, render} from './preact.js';

export const byId = id => document.getElementById(id);

/** A row of bins, one unit wide each, as dark as their shares. */
export function strip(shares) {
  const width = shares.length > 40 ? 1 : 0.9;
  return h(
    'svg', {viewBox: `0 0 ${Math.max(1, shares.length)} 1`, preserveAspectRatio: 'none', 'aria-hidden': 'true'},
    shares.map((share, i) => h('rect', {x: i, width, opacity: (0.07 + 0.93 * share ** 1.6).toFixed(2)})));
}

/** A bar as long as a share. */
export function bar(share) {
  return h(
    'svg', {viewBox: '0 0 1 1', preserveAspectRatio: 'none', 'aria-hidden': 'true'},
    h('rect', {width: 1, opacity: 0.07}), h('rect', {width: share}));
}

/** A button that keeps the focus while it can do nothing. */
export function button(words, {enabled = true, act, ...attributes}) {
  return h('button', {
    type: 'button', 'aria-disabled': enabled ? null : 'true', onClick: () => enabled && act(), ...attributes,
  }, words);
}
