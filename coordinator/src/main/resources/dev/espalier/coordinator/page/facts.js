import {h} from './dom.js';
import {count, duration, percent, rate, teacher} from './format.js';
import {kindOf} from './stages.js';

const fact = (name, value, note = '') =>
  h('div', {key: name, 'data-fact': name}, h('dt', {}, name), h('dd', {}, h('b', {}, value), h('span', {}, note)));

const latest = (rows, field) => {
  for (let i = rows.length - 1; i >= 0; i--) if (rows[i][field] != null) return rows[i][field];
  return null;
};

function training(rows, steps, pace) {
  const last = rows[rows.length - 1];
  const facts = [fact('step', count(last.step + 1), `of ${count(steps)}`)];
  if (last['sparsity.target'] > 0) {
    facts.push(fact('sparsity', percent(last['sparsity.expected']), `target ${percent(last['sparsity.target'])}`));
  }
  const validation = latest(rows, 'loss.validation');
  if (last.loss != null) facts.push(fact('loss', last.loss.toFixed(4)));
  if (validation !== null) facts.push(fact('validation loss', validation.toFixed(4)));
  if (last.teacher !== 'none') facts.push(fact('teacher', teacher(last.teacher)));
  if (last['learning-rate'] > 0) facts.push(fact('learning rate', rate(last['learning-rate'])));
  if (pace > 0) facts.push(fact('tokens/s', count(last.tokens / pace)));
  return facts;
}

/**
 * How long the run still takes: the seconds that can be told, and the stages that cannot be judged yet.
 *
 * @param progress what the current stage has done, if it does not train
 */
export function timeLeft(manifest, stage, history, steps, progress, now = Date.now()) {
  const todo = manifest.stages.slice(manifest.stages.indexOf(stage));
  const known = Object.keys(steps).filter(name => steps[name] > 0 && history.pace(name) !== null);
  // as fast as its kind went in the round before, or else as anything
  const like = name => known.filter(other => kindOf(other) === kindOf(name)).pop() ?? known[known.length - 1];
  let seconds = 0;
  const unknown = [];
  for (const {name, started} of todo) {
    const pace = steps[name] > 0 ? history.pace(name) ?? (known.length > 0 ? history.pace(like(name)) : null) : null;
    if (pace !== null) {
      const done = name === stage.name ? history.trained(name) : 0;
      seconds += pace * Math.max(0, steps[name] - done);
    } else if (name === stage.name && progress?.done > 0 && progress.what !== 'steps') {
      seconds += (now - Date.parse(started)) / 1000 * (progress.total / progress.done - 1);
    } else {
      unknown.push(name);
    }
  }
  return {seconds, unknown};
}

function left({seconds, unknown}) {
  if (seconds <= 0) return [];
  const note = unknown.length > 0 ? `then ${unknown.join(', ')}` : 'of the whole run';
  return [fact('time left', `about ${duration(seconds)}`, note)];
}

function perplexity(evaluation) {
  const before = evaluation.before?.perplexity?.[0];
  const now = (evaluation['after-recover'] ?? evaluation['after-prune'])?.perplexity?.[0];
  const error = ({stderr}) => stderr > 0 ? `±${stderr.toFixed(2)} ` : '';
  return before && now ? [fact('perplexity', now.value.toFixed(2), `${error(now)}from ${before.value.toFixed(2)} ${error(before)}`)] : [];
}

/** The numbers that matter where the run stands. */
export function facts(manifest, stage, history, steps, progress) {
  const rows = stage !== null ? history.of(stage.name) : [];
  const facts = rows.length > 0 ? training(rows, steps[stage.name] ?? 0, history.pace(stage.name)) : [];
  if (manifest.state === 'RUNNING' && !manifest.waiting && stage !== null) {
    facts.push(...left(timeLeft(manifest, stage, history, steps, progress)));
  }
  const parameters = manifest.parameters;
  if (parameters !== null) {
    facts.push(fact('parameters', count(parameters.after), `from ${count(parameters.before)}`));
    facts.push(fact('prunable part removed', percent(parameters.sparsity)));
  }
  return [...facts, ...perplexity(manifest.evaluation)];
}
