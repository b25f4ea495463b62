const ROOT = '/api/v1';
const TOKEN = 'espalier-token';

/** What the coordinator refused, in its words. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `the coordinator answers with ${status}`);
    this.status = status;
    this.kind = (problem.type ?? '').split(':').pop();
  }
}

export const token = {
  get: () => sessionStorage.getItem(TOKEN) ?? '',
  set: text => sessionStorage.setItem(TOKEN, text.trim()),
};

const runPath = run => `/runs/${encodeURIComponent(run)}`;

const bearer = () => token.get() ? {Authorization: `Bearer ${token.get()}`} : {};

/** Null if there is nothing yet. */
async function answer(response) {
  if (response.status === 204) return null;
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, body);
  return body;
}

const get = async (path, headers = {}) => answer(await fetch(ROOT + path, {headers}));

export const runs = () => get('/runs?limit=100');
export const workers = () => get('/workers');
export const status = run => get(runPath(run));
export const kept = run => get(`${runPath(run)}/kept`);
export const metrics = run => get(`${runPath(run)}/metrics?points=600`);
export const results = run => get(`${runPath(run)}/results`);

/** Where a run's report is. */
export const report = run => `${ROOT}${runPath(run)}/report`;

/** The files of a run's export and where they are; null also for those who may not have them. */
export async function exported(run) {
  try {
    return await get(`${runPath(run)}/export`, bearer());
  } catch (failure) {
    if (failure.kind === 'token-needed') return null;
    throw failure;
  }
}

export async function command(run, word, body = {}) {
  const headers = {'Content-Type': 'application/json', ...bearer()};
  return answer(await fetch(`${ROOT}${runPath(run)}/${word}`, {method: 'POST', headers, body: JSON.stringify(body)}));
}

/** The run's events; the browser itself connects again and says where it was, unless it was refused: then it is over. */
export function events(run, handlers, onConnection, onRefused) {
  const source = new EventSource(`${ROOT}${runPath(run)}/events`);
  source.onopen = () => onConnection(true);
  source.onerror = () => {
    onConnection(false);
    if (source.readyState === EventSource.CLOSED) onRefused();
  };
  for (const [kind, handler] of Object.entries(handlers)) {
    source.addEventListener(kind, event => handler(JSON.parse(event.data)));
  }
  return source;
}
