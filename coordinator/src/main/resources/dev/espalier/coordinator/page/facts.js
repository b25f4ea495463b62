import {h} from './dom.js';
import {count, duration, percent, teacher} from './format.js';

const RECENT = 15;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const fact = (name, value, note = '') =>
  h('div', {'data-fact': name}, h('dt', {}, name), h('dd', {}, h('b', {}, value), h('span', {}, note)));

function training(rows, steps) {
  const last = rows[rows.length - 1];
  const recent = rows.slice(-RECENT).filter(row => row.seconds > 0);
  const seconds = recent.length > 0 ? median(recent.map(row => row.seconds)) : 0;
  const left = Math.max(0, steps - last.step - 1);
  const facts = [fact('step', count(last.step + 1), `of ${count(steps)}`)];
  if (last['sparsity.target'] > 0) {
    facts.push(fact('sparsity', percent(last['sparsity.expected']), `target ${percent(last['sparsity.target'])}`));
  }
  if (last.loss !== null) facts.push(fact('loss', last.loss.toFixed(4)));
  if (last.teacher !== 'none') facts.push(fact('teacher', teacher(last.teacher)));
  if (seconds > 0) {
    facts.push(fact('tokens/s', count(last.tokens / seconds), left > 0 ? `${duration(seconds * left)} left` : ''));
  }
  return facts;
}

function perplexity(evaluation) {
  const before = evaluation.before?.perplexity?.[0];
  const now = (evaluation['after-recover'] ?? evaluation['after-prune'])?.perplexity?.[0];
  return before && now ? [fact('perplexity', now.value.toFixed(2), `from ${before.value.toFixed(2)}`)] : [];
}

/** The numbers that matter where the run stands. */
export function facts(manifest, stage, history, steps) {
  const rows = stage !== null ? history.of(stage.name) : [];
  const facts = rows.length > 0 ? training(rows, steps[stage.name] ?? 0) : [];
  const parameters = manifest.parameters;
  if (parameters !== null) {
    facts.push(fact('parameters', count(parameters.after), `from ${count(parameters.before)}`));
    facts.push(fact('prunable part removed', percent(parameters.sparsity)));
  }
  return [...facts, ...perplexity(manifest.evaluation)];
}
