import {h} from './dom.js';
import {size} from './format.js';

function heads(columns) {
  const groups = [];
  for (const {group} of columns) {
    if (groups[groups.length - 1]?.group === group) groups[groups.length - 1].span++;
    else groups.push({group, span: 1});
  }
  return h(
    'thead', {},
    h('tr', {class: 'groups'}, h('td', {}), groups.map(({group, span}) => h('th', {scope: 'colgroup', colSpan: span}, group))),
    h('tr', {}, h('td', {}), columns.map(column => h('th', {scope: 'col', title: column.hint}, column.head))));
}

const cell = one => one === null ? h('td', {class: 'none'}, '–') : h(
  'td', {class: one.best ? 'best' : null},
  h('span', {}, one.value),
  [one.error, one.change, one.note].filter(text => text).map(text => h('small', {}, text)));

/** The table of the report: the models that were measured, a row each. */
function table({columns, rows}) {
  return h(
    'div', {key: 'table', class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'results'}, h(
      'table', {class: 'results'}, heads(columns),
      h('tbody', {}, rows.map(row => h('tr', {key: row.label}, h('th', {scope: 'row'}, row.label), row.cells.map(cell))))));
}

/**
 * What came of a run.
 *
 * @param files of the exported model and where they are
 */
export function outcome(results, files, report) {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    results.columns.length > 0 ? table(results) : null,
    results.report ? h('p', {key: 'report'}, h('a', {href: report, target: '_blank', rel: 'noopener'}, 'The whole report')) : null,
    files.length > 0
      ? h(
        'details', {key: 'files', class: 'files'},
        h('summary', {}, `The pruned model: ${files.length} files, ${size(bytes)}`),
        h('ul', {}, files.map(file => h(
          'li', {key: file.path}, h('a', {href: file.href, download: ''}, file.path), ' ', h('small', {}, size(file.bytes))))))
      : null,
  ];
}
