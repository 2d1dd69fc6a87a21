import { expect, it } from 'vitest';
import { quoteCaptureMaps } from '../../scenarios/load/capture-maps.ts';

it('quotes capture maps and counts positions back', () => {
  const text = 'steps:\n  - capture start { a: x/eth0, b: y/eth0 } # two\n  - wait 5s\n';
  const quoted = quoteCaptureMaps(text);
  expect(quoted.text).toBe("steps:\n  - 'capture start { a: x/eth0, b: y/eth0 }' # two\n  - wait 5s\n");
  expect(quoted.toOriginal(quoted.text.indexOf('wait'))).toBe(text.indexOf('wait'));
  expect(quoted.toOriginal(quoted.text.indexOf("'capture"))).toBe(text.indexOf('capture'));
});

it('leaves block scalars alone', () => {
  const text = 'files:\n  /a: |\n    - capture start { a: b }\nsteps:\n  - wait 1s\n';
  expect(quoteCaptureMaps(text).text).toBe(text);
});
