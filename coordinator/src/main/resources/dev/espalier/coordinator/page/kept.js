import {h, strip} from './dom.js';
import {count, percent} from './format.js';

const share = part => part.of === 0 ? 1 : part.kept / part.of;

/** Heads and FFN channels that are left, a row per layer, ordered as in the dense model. */
export function keptMap(kept) {
  const rows = kept.layers.map((layer, i) => h(
    'div',
    {
      key: i,
      class: 'layer',
      title: `layer ${i}: ${layer.heads.kept} of ${layer.heads.of} heads, ${layer.ffn.kept} of ${layer.ffn.of} channels`,
    },
    h('span', {}, String(i)),
    strip(layer.heads.shares),
    strip(layer.ffn.shares),
    h('span', {}, percent(share(layer.ffn)))));
  const head = h(
    'div', {key: 'head', class: 'layer heads-row'}, h('span', {}, ''), h('span', {}, kept['head-unit']),
    h('span', {}, 'FFN channels'), h('span', {}, 'FFN kept'));
  const hidden = kept.hidden.of > 0
    ? ` Hidden channels kept: ${count(kept.hidden.kept)} of ${count(kept.hidden.of)}.`
    : '';
  return [head, ...rows, h('p', {key: 'legend', class: 'legend'}, `Full colour is kept.${hidden}`)];
}
