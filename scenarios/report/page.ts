import { Html, markup } from './html.ts';

/** A part of a report, under a heading. */
export interface Section {
  readonly title: string;
  readonly body: Html;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --dim: #59636e; --paper: #ffffff; --line: #d1d9e0; --shade: #f6f8fa; --bad: #b42318; --good: #1a7f37 }
@media (prefers-color-scheme: dark) { :root { --ink: #e2e5e9; --dim: #9aa4af; --paper: #1b1b1f; --line: #3a3f47; --shade: #25262b; --bad: #ff8a80; --good: #6cc98a } }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { margin: 0 } h2 { margin: 2.5rem 0 .75rem; border-bottom: 1px solid var(--line) }
nav a { margin-right: 1rem } a { color: inherit }
table { border-collapse: collapse; font-size: .9rem } .wide { overflow-x: auto }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--dim); font-weight: 600 } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
pre, code { font: .85rem/1.4 ui-monospace, monospace } pre { padding: 1rem; overflow-x: auto; background: var(--shade); border: 1px solid var(--line) }
figure { margin: 1rem 0; overflow-x: auto } img { max-width: 100% } .light { background: #ffffff }
.dim { color: var(--dim) } .bad { color: var(--bad) } .good { color: var(--good) }
@media print { pre { white-space: pre-wrap } }
`;

/** Nothing is fetched and nothing runs, whatever a folder's files hold. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** A whole document that needs no other file. */
export function page(title: string, description: string, sections: readonly Section[]): string {
  const links = sections.map(({ title: each }, index) => markup`<a href="#part${index}">${each}</a> `);
  const parts = sections.map(
    ({ title: each, body }, index) =>
      markup`<section id="part${index}">
        <h2>${each}</h2>
        ${body}
      </section> `,
  );
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
<p>${description}</p>
<nav>${links}</nav>
${parts}
</body>
</html>
`.text;
}

export type Column = string | { readonly number: string };

/** A table; columns of numbers stand to the right. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (Html | string | number)[])[],
): Html {
  const isNumber = columns.map((column) => typeof column !== 'string');
  const head = columns.map((column) =>
    typeof column === 'string'
      ? markup`<th>${column}</th>`
      : markup`<th class="number">${column.number}</th>`,
  );
  const cellOf = (cell: Html | string | number, index: number) =>
    isNumber[index] ? markup`<td class="number">${cell}</td>` : markup`<td>${cell}</td>`;
  const body = rows.map((row) => markup`<tr>${row.map(cellOf)}</tr>\n`);
  return markup`<div class="wide"><table>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div>`;
}

/** A drawing. As an image none of its own scripts and links work. */
export function svgFigure(svg: string, alt: string, background: 'light' | 'own'): Html {
  const data = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  return markup`<figure><img class="${background}" alt="${alt}" src="${data}" /></figure>`;
}
