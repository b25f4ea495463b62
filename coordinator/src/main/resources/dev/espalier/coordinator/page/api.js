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

/** Null if there is nothing yet. */
async function answer(response) {
  if (response.status === 204) return null;
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, body);
  return body;
}

const get = async path => answer(await fetch(ROOT + path));

export const runs = () => get('/runs?limit=100');
export const workers = () => get('/workers');
export const status = run => get(runPath(run));
export const config = run => get(`${runPath(run)}/config`);
export const kept = run => get(`${runPath(run)}/kept`);
export const metrics = run => get(`${runPath(run)}/metrics?points=600`);

export async function command(run, word, body = {}) {
  const headers = {'Content-Type': 'application/json'};
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  return answer(await fetch(`${ROOT}${runPath(run)}/${word}`, {method: 'POST', headers, body: JSON.stringify(body)}));
}

/** The run's events; the browser itself connects again and says where it was. */
export function events(run, handlers, onConnection) {
  const source = new EventSource(`${ROOT}${runPath(run)}/events`);
  source.onopen = () => onConnection(true);
  source.onerror = () => onConnection(false);
  for (const [kind, handler] of Object.entries(handlers)) {
    source.addEventListener(kind, event => handler(JSON.parse(event.data)));
  }
  return source;
}
