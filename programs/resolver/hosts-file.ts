import { isIpText, parseIp, type IpAddress } from '../../protocols/ip-address.ts';

/** One line of /etc/hosts. */
export interface HostsEntry {
  address: IpAddress;
  /** The canonical name first, then aliases. */
  names: string[];
}

/** Reads the text of /etc/hosts (hosts(5)); lines that are none are passed over. */
export function parseHostsFile(text: string | null): HostsEntry[] {
  const entries: HostsEntry[] = [];
  for (const line of (text ?? '').split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || !isIpText(address) || names.length === 0) continue;
    entries.push({ address: parseIp(address), names });
  }
  return entries;
}
