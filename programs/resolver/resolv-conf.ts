import { isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';

/** What /etc/resolv.conf says (resolv.conf(5)), with glibc's defaults and limits. */
export interface ResolverConfig {
  nameservers: number[];
  search: string[];
  ndots: number;
  timeoutS: number;
  attempts: number;
}

const MAX_NAMESERVERS = 3;

/**
 * Reads the text of resolv.conf; null when there is no such file. Not modelled: IPv6 name servers, which are
 * left out, and the options rotate, edns0, use-vc and single-request.
 */
export function parseResolverConfig(text: string | null, hostname: string): ResolverConfig {
  const config: ResolverConfig = { nameservers: [], search: [], ndots: 1, timeoutS: 5, attempts: 2 };
  let searchGiven = false;
  for (const line of (text ?? '').split('\n')) {
    if (/^[#;]/.test(line)) continue;
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (
      keyword === 'nameserver' &&
      isIpv4Text(values[0] ?? '') &&
      config.nameservers.length < MAX_NAMESERVERS
    )
      config.nameservers.push(parseIpv4(values[0]!));
    if (keyword === 'domain' || keyword === 'search') {
      config.search = values.filter((domain) => domain !== '.');
      searchGiven = true;
    }
    if (keyword === 'options') for (const option of values) applyOption(config, option);
  }
  if (config.nameservers.length === 0) config.nameservers.push(0x7f000001);
  const dot = hostname.indexOf('.');
  if (!searchGiven && dot >= 0) config.search = [hostname.slice(dot + 1)];
  return config;
}

function applyOption(config: ResolverConfig, option: string): void {
  const match = /^(ndots|timeout|attempts):(\d+)$/.exec(option);
  if (match === null) return;
  const value = Number(match[2]);
  if (match[1] === 'ndots') config.ndots = Math.min(value, 15);
  if (match[1] === 'timeout') config.timeoutS = Math.min(value, 30);
  if (match[1] === 'attempts') config.attempts = Math.min(value, 5);
}
