/** One option of curl. */
export interface CurlOption {
  name: string;
  short?: string;
  takesValue: boolean;
}

const FLAGS =
  '4:ipv4 6:ipv6 f:fail G:get I:head i:include k:insecure L:location N:no-buffer O:remote-name s:silent ' +
  'S:show-error v:verbose V:version h:help #:progress-bar g:globoff 0:http1.0 j:junk-session-cookies ' +
  'http1.1 fail-with-body location-trusted compressed no-progress-meter retry-connrefused retry-all-errors ' +
  'path-as-is tcp-nodelay no-keepalive raw no-sessionid';

const VALUED =
  'A:user-agent b:cookie d:data D:dump-header e:referer H:header m:max-time o:output r:range u:user ' +
  'w:write-out X:request T:upload-file F:form x:proxy c:cookie-jar K:config ' +
  'connect-timeout data-raw data-binary data-ascii data-urlencode interface json local-port max-redirs resolve ' +
  'retry retry-delay retry-max-time url';

/** The options that are known but whose effect is not modelled. */
export const NOT_MODELLED: ReadonlySet<string> = new Set([
  'upload-file',
  'form',
  'proxy',
  'cookie-jar',
  'config',
  'help',
  'raw',
]);

function table(text: string, takesValue: boolean): CurlOption[] {
  return text.split(' ').map((entry) => {
    const [first, second] = entry.split(':');
    return second === undefined ? { name: first!, takesValue } : { name: second, short: first!, takesValue };
  });
}

const OPTIONS: readonly CurlOption[] = [...table(FLAGS, false), ...table(VALUED, true)];

/** A command line taken apart. */
export interface CurlArguments {
  urls: string[];
  given: { name: string; value: string }[];
}

const HINT = "curl: try 'curl --help' or 'curl --manual' for more information\n";

/** Takes a command line apart; a complaint as text when it is wrong. */
export function parseCurlArguments(args: readonly string[]): CurlArguments | string {
  const parsed: CurlArguments = { urls: [], given: [] };
  const queue = [...args];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === '--') {
      parsed.urls.push(...queue.splice(0));
    } else if (arg.startsWith('--')) {
      const failure = takeOption(parsed, findLong(arg.slice(2)), arg, null, queue);
      if (failure !== null) return failure;
    } else if (arg.startsWith('-') && arg.length > 1) {
      const failure = takeCluster(parsed, arg, queue);
      if (failure !== null) return failure;
    } else {
      parsed.urls.push(arg);
    }
  }
  return parsed;
}

function takeCluster(parsed: CurlArguments, arg: string, queue: string[]): string | null {
  for (let i = 1; i < arg.length; i++) {
    const option = OPTIONS.find(({ short }) => short === arg[i]);
    const rest = arg.slice(i + 1);
    const failure = takeOption(parsed, option, arg, rest === '' ? null : rest, queue);
    if (failure !== null || option!.takesValue) return failure;
  }
  return null;
}

function takeOption(
  parsed: CurlArguments,
  option: CurlOption | undefined,
  arg: string,
  attached: string | null,
  queue: string[],
): string | null {
  if (option === undefined) return `curl: option ${arg}: is unknown\n${HINT}`;
  if (!option.takesValue) {
    parsed.given.push({ name: option.name, value: '' });
    return null;
  }
  const value = attached ?? queue.shift();
  if (value === undefined) return `curl: option ${arg}: requires parameter\n${HINT}`;
  if (option.name === 'url') parsed.urls.push(value);
  else parsed.given.push({ name: option.name, value });
  return null;
}

/** A long name, or a beginning that only one has. */
function findLong(name: string): CurlOption | undefined {
  const exact = OPTIONS.find((option) => option.name === name);
  if (exact !== undefined) return exact;
  const candidates = OPTIONS.filter((option) => option.name.startsWith(name));
  return candidates.length === 1 ? candidates[0] : undefined;
}
