import type { TransferResult } from './transfer.ts';

type Variable = (result: TransferResult, failure: { code: number; message: string }) => string | number;

const seconds = (ns: number) => (ns / 1e9).toFixed(6);

const VARIABLES: Readonly<Record<string, Variable>> = {
  content_type: ({ head }) => head?.headers.get('Content-Type') ?? '',
  errormsg: (_, { message }) => message,
  exitcode: (_, { code }) => code,
  http_code: ({ head }) => String(head?.status ?? 0).padStart(3, '0'),
  http_version: ({ head }) => head?.version.slice(5).replace('.0', '.0') ?? '0',
  local_ip: ({ localAddress }) => localAddress,
  local_port: ({ localPort }) => localPort,
  method: ({ method }) => method,
  num_connects: ({ connects }) => connects,
  num_headers: ({ head }) => head?.headers.fields.length ?? 0,
  num_redirects: ({ redirects }) => redirects,
  redirect_url: ({ redirectUrl }) => redirectUrl,
  remote_ip: ({ remoteAddress }) => remoteAddress,
  remote_port: ({ remotePort }) => remotePort,
  response_code: ({ head }) => String(head?.status ?? 0).padStart(3, '0'),
  scheme: () => 'HTTP',
  size_download: ({ sizeDownload }) => sizeDownload,
  size_header: ({ sizeHeader }) => sizeHeader,
  size_request: ({ sizeRequest }) => sizeRequest,
  size_upload: ({ sizeUpload }) => sizeUpload,
  speed_download: (result) => speed(result, result.sizeDownload),
  speed_upload: (result) => speed(result, result.sizeUpload),
  time_appconnect: () => seconds(0),
  time_connect: (result) => seconds(result.connectedNs - result.startNs),
  time_namelookup: (result) => seconds(result.lookupNs - result.startNs),
  time_pretransfer: (result) => seconds(result.connectedNs - result.startNs),
  time_redirect: () => seconds(0),
  time_starttransfer: (result) => seconds(result.firstByteNs - result.startNs),
  time_total: (result) => seconds(result.endNs - result.startNs),
  url: ({ url }) => url,
  url_effective: ({ url }) => url,
};

function speed(result: TransferResult, bytes: number): number {
  const elapsedNs = result.endNs - result.startNs;
  return elapsedNs === 0 ? bytes : Math.floor((bytes * 1e9) / elapsedNs);
}

/** Expands a --write-out format. Names that curl does not know are complained about and print nothing. */
export function writeOut(
  format: string,
  result: TransferResult,
  failure: { code: number; message: string },
  complain: (text: string) => void,
): string {
  return format.replace(/%%|%\{([^}]*)\}|\\([nrt])/g, (whole, name?: string, escape?: string) => {
    if (whole === '%%') return '%';
    if (escape !== undefined) return { n: '\n', r: '\r', t: '\t' }[escape]!;
    const variable = Object.hasOwn(VARIABLES, name!) ? VARIABLES[name!] : undefined;
    if (variable !== undefined) return String(variable(result, failure));
    complain(`curl: unknown --write-out variable: '${name}'\n`);
    return '';
  });
}
