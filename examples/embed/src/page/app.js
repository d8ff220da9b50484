'use strict';

const part = id => document.getElementById(id);
const tools = [part('reload'), part('print'), ...document.querySelectorAll('.export')];

/** How long a report may take to appear, in milliseconds. */
const PATIENCE = 30_000;

let reports = [];
let current;
let view;
/** Counts views, so that a slow one does not take the place of a later one. */
let turn = 0;
let expiry;

/** Shows one state: loading, shown, expired, failed or empty. */
function enter(state, message = '') {
  document.body.dataset.state = state;
  part('message').textContent = message;
  for (const tool of tools) tool.disabled = !current || state === 'loading';
}

function note(text) {
  part('note').textContent = text;
  clearTimeout(note.timer);
  note.timer = setTimeout(() => { part('note').textContent = ''; }, 6_000);
}

/** A request to this application's server; a failure carries a sentence for the user. */
async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error('There is no connection to the server. Check your network and try again.');
  }
  if (!response.ok) throw new Error(await response.text() || 'Something went wrong. Try again in a moment.');
  return response;
}

/**
 * Shows the chosen report with a new nonce. Each view has a frame of its own: changing the address of a frame would add the old
 * one to the history, and its nonce has been used.
 */
async function show() {
  const report = current;
  const mine = ++turn;
  clearTimeout(expiry);
  enter('loading', `Loading ${report.name} …`);
  document.querySelector('iframe')?.remove();
  try {
    const response = await ask(`api/reports/${encodeURIComponent(report.id)}/view`, { method: 'POST' });
    const next = await response.json();
    if (mine !== turn) return;
    view = next;
    await load(view.url, report.name);
    if (mine !== turn) return;
    enter('shown');
    expiry = setTimeout(() => enter('expired'), view.session * 1000);
  } catch (failure) {
    if (mine === turn) enter('failed', failure.message);
  }
}

function load(url, title) {
  const frame = document.createElement('iframe');
  frame.title = title;
  // Everything that a report needs, and no more: it cannot take the whole window elsewhere.
  frame.sandbox = 'allow-downloads allow-forms allow-modals allow-popups allow-same-origin allow-scripts';
  frame.src = url;
  const loaded = new Promise((resolve, reject) => {
    frame.addEventListener('load', resolve, { once: true });
    setTimeout(() => reject(new Error('The report takes longer than usual.')), PATIENCE);
  });
  part('stage').prepend(frame);
  return loaded;
}

async function print() {
  if (document.body.dataset.state !== 'shown') await show();
  if (document.body.dataset.state !== 'shown') return;
  // To the instance and to nobody else.
  document.querySelector('iframe').contentWindow.postMessage('print', view.origin);
}

async function save(button) {
  const { id, name } = current;
  const format = button.dataset.format;
  button.disabled = true;
  button.setAttribute('aria-busy', 'true');
  note(`Exporting ${name} as ${format.toUpperCase()} …`);
  try {
    const response = await ask(`api/reports/${encodeURIComponent(id)}/export/${format}`);
    const named = response.headers.get('content-disposition')?.split("filename*=UTF-8''")[1];
    const link = document.createElement('a');
    link.download = named ? decodeURIComponent(named) : `${name}.${format}`;
    link.href = URL.createObjectURL(await response.blob());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    note(`${link.download} has been saved.`);
  } catch (failure) {
    note(failure.message);
  } finally {
    button.removeAttribute('aria-busy');
    button.disabled = document.body.dataset.state === 'loading';
  }
}

function list() {
  const wanted = part('filter').value.trim().toLowerCase();
  const items = reports.filter(({ name, kind }) => `${name} ${kind}`.toLowerCase().includes(wanted)).map(report => {
    const [item, link, name, kind] = ['li', 'a', 'strong', 'small'].map(tag => document.createElement(tag));
    name.textContent = report.name;
    kind.textContent = report.kind;
    link.href = `#${encodeURIComponent(report.id)}`;
    if (report === current) link.setAttribute('aria-current', 'page');
    link.append(name, kind);
    item.append(link);
    return item;
  });
  part('list').replaceChildren(...items);
}

/** The report that the address names, or the first. */
function choose() {
  const id = decodeURIComponent(location.hash.slice(1));
  const chosen = reports.find(report => report.id === id) ?? reports[0];
  if (!chosen) return enter('empty', 'There are no reports for you yet.');
  if (chosen === current) return;
  current = chosen;
  document.title = `${chosen.name} – Reports`;
  part('name').textContent = chosen.name;
  part('kind').textContent = chosen.kind;
  list();
  show();
}

async function start() {
  enter('loading', 'Loading …');
  try {
    reports = await (await ask('api/reports')).json();
    list();
    choose();
  } catch (failure) {
    enter('failed', failure.message);
  }
}

function reconnect() {
  if (current) show(); else start();
}

part('filter').addEventListener('input', list);
part('reload').addEventListener('click', show);
part('print').addEventListener('click', print);
part('again').addEventListener('click', reconnect);
part('reconnect').addEventListener('click', reconnect);
for (const button of document.querySelectorAll('.export')) button.addEventListener('click', () => save(button));
addEventListener('hashchange', choose);
// Who comes back to an expired view, or to a network, has lost nothing by a new one.
addEventListener('visibilitychange', () => {
  if (!document.hidden && document.body.dataset.state === 'expired') show();
});
addEventListener('online', () => {
  if (document.body.dataset.state === 'failed') reconnect();
});
addEventListener('pageshow', event => {
  if (event.persisted) reconnect();
});
start();
