import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, markup } from '../../scenarios/report/html.ts';
import { page, svgFigure, table } from '../../scenarios/report/page.ts';
import { countText, figureText, secondsText } from '../../scenarios/report/quantities.ts';
import { parseCsv, toCsv } from '../../scenarios/sweep/csv.ts';

describe('HTML', () => {
  it('texts are escaped, pieces of HTML are not, null is nothing', () => {
    const items = ['<b>', '"&\''].map((text) => markup`<li>${text}</li>`);
    expect(markup`<ul class="${'"x"'}">${items}${null}${3}</ul>`.text).toBe(
      '<ul class="&quot;x&quot;"><li>&lt;b&gt;</li><li>&quot;&amp;&#39;</li>3</ul>',
    );
  });

  it('a terminal’s colours are left out, other control characters shown', () => {
    expect(escapeHtml('\u001b[31mred\u001b[39m\u0007 \u0000\ttab\n')).toBe('red\ufffd \ufffd\ttab\n');
  });

  it('no text makes an element or leaves an attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']/);
      }),
    );
  });

  it('a page fetches nothing and runs nothing', () => {
    const text = page('<t>', 'd', [{ title: 'One', body: table(['a'], [['<script>']]) }]);
    expect(text).toContain(
      'content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:"',
    );
    expect(text).not.toMatch(/<script|<link|<iframe|https?:/);
    expect(text).toContain('prefers-color-scheme: dark');
    expect(text).toContain('<title>&lt;t&gt;</title>');
  });

  it('drawings are images, in which scripts do not run', () => {
    const figure = svgFigure('<svg><script>alert(1)</script></svg>', 'x', 'own').text;
    const [, data] = /src="data:image\/svg\+xml;base64,([^"]+)"/.exec(figure)!;
    expect(Buffer.from(data!, 'base64').toString()).toBe('<svg><script>alert(1)</script></svg>');
    expect(figure).not.toContain('<script');
  });
});

describe('quantities', () => {
  it.each([
    [secondsText(12_000_345_000), '12.000345 s'],
    [secondsText(0), '0 s'],
    [countText(1234567), '1\u202f234\u202f567'],
    [countText(123), '123'],
    [figureText(93_912_345), '93912000'],
    [figureText(0.0123456), '0.012346'],
  ])('%s', (text, expected) => expect(text).toBe(expected));
});

describe('CSV', () => {
  it('is read as it was written', () => {
    const cell = fc.oneof(fc.string(), fc.constantFrom('a,b', '"', '\n', '', 'x\r\ny'));
    const line = fc.array(cell, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        expect(parseCsv(toCsv(lines))).toEqual(lines);
      }),
    );
  });

  it('null is an empty cell, and digits past the twelfth are not written', () => {
    expect(toCsv([['a', null, 0.1 + 0.2, 12345678901234]])).toBe('a,,0.3,12345678901234\n');
  });
});
