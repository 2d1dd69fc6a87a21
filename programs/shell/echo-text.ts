/** What `echo` prints. busybox and bash know -n, -e and -E; dash only -n, and always takes escapes. */
export function echoText(args: readonly string[], shell: 'ash' | 'dash' | 'bash'): string {
  let newline = true;
  let escapes = shell === 'dash';
  let first = 0;
  const options = shell === 'dash' ? /^-n$/ : /^-[neE]+$/;
  while (first < args.length && options.test(args[first]!)) {
    for (const letter of args[first++]!.slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
  }
  const text = args.slice(first).join(' ');
  if (!escapes) return newline ? `${text}\n` : text;
  const { result, stop } = interpretEscapes(text);
  return newline && !stop ? `${result}\n` : result;
}

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Backslash escapes of `echo -e` and of printf's `%b`; `\c` stops all output. */
export function interpretEscapes(text: string): { result: string; stop: boolean } {
  let stop = false;
  const result = text.replace(
    /\\(0[0-7]{0,3}|[1-7][0-7]{0,2}|x[0-9a-fA-F]{1,2}|c[^]*|[abefnrtv\\])/g,
    (_whole, code: string) => {
      if (code.startsWith('c')) {
        stop = true;
        return '';
      }
      if (/^\d/.test(code)) return String.fromCharCode(parseInt(code, 8) & 0xff);
      if (code.startsWith('x')) return String.fromCharCode(parseInt(code.slice(1), 16));
      return ESCAPES[code] ?? '';
    },
  );
  return { result, stop };
}
