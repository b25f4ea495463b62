import {bar, h, strip} from './dom.js';
import {count, percent} from './format.js';

const share = part => part.of === 0 ? 1 : part.kept / part.of;

const row = (i, title, heads, ffn, part) =>
  h('div', {key: i, class: 'layer', title: `layer ${i}: ${title}`}, h('span', {}, String(i)), heads, ffn, h('span', {}, percent(part)));

const head = (heads, ffn, part) => h(
  'div', {key: 'head', class: 'layer heads-row'}, h('span', {}, ''), h('span', {}, heads), h('span', {}, ffn), h('span', {}, part));

/** What gates would keep of each layer by now, a row per layer. */
export function expectedMap({step, heads, ffn, hidden}) {
  const rows = ffn.map((part, i) =>
    row(i, `${percent(heads[i])} of the heads and ${percent(part)} of the channels are expected to stay`, bar(heads[i]), bar(part), part));
  const channels = hidden < 1 ? ` Hidden channels: ${percent(hidden)}.` : '';
  return [
    head('heads', 'FFN channels', 'FFN kept'),
    ...rows,
    h('p', {key: 'legend', class: 'legend'}, `What is expected to be kept, at step ${count(step + 1)}: gates still learn it.${channels}`),
  ];
}

const sum = numbers => numbers.reduce((all, number) => all + number, 0);

const left = (kept, round) =>
  `${percent(sum(round.ffn) / sum(kept.layers.map(layer => layer.ffn.of)))} after ${round.stage}`;

/** Heads and FFN channels that are left, a row per layer, ordered as in the dense model; and how many earlier rounds left. */
export function keptMap(kept) {
  const earlier = kept.rounds.slice(0, -1);
  const before = i => earlier.map(round => `; after ${round.stage} ${round.heads[i]} and ${round.ffn[i]}`).join('');
  const rows = kept.layers.map((layer, i) => row(
    i,
    `${layer.heads.kept} of ${layer.heads.of} heads, ${layer.ffn.kept} of ${layer.ffn.of} channels${before(i)}`,
    strip(layer.heads.shares),
    strip(layer.ffn.shares),
    share(layer.ffn)));
  const hidden = kept.hidden.of > 0
    ? ` Hidden channels kept: ${count(kept.hidden.kept)} of ${count(kept.hidden.of)}.`
    : '';
  const rounds = earlier.length > 0 ? ` FFN channels left: ${kept.rounds.map(round => left(kept, round)).join(', ')}.` : '';
  return [
    head(kept['head-unit'], 'FFN channels', 'FFN kept'),
    ...rows,
    h('p', {key: 'legend', class: 'legend'}, `Full colour is kept.${rounds}${hidden}`),
  ];
}
