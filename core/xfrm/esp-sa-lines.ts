import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import type { Host } from '../host/host.ts';
import {
  CIPHER_AES_CBC,
  DIGEST_NULL,
  HMAC_SHA1,
  HMAC_SHA256,
  type XfrmAlgorithms,
} from './esp-algorithms.ts';
import type { SecurityAssociation } from './security-association.ts';

const installed = new WeakMap<Host, SecurityAssociation[]>();

/** For XfrmState: remembers an association, so that its packets can be opened after it is gone. */
export function noteInstalled(host: Host, association: SecurityAssociation): void {
  const list = installed.get(host);
  if (list === undefined) installed.set(host, [association]);
  else list.push(association);
}

/** Every ESP association that any namespace of the machine ever had, oldest first. */
export function installedAssociations(host: Host): readonly SecurityAssociation[] {
  return installed.get(host) ?? [];
}

/**
 * Lines of Wireshark's `esp_sa` table for machines: with them in the profile's folder Wireshark opens the packets of
 * every association they ever had, those of keys long rotated out too. An association that both ends have is listed
 * once. The name with the ICV's length is the one Wireshark needs to cut the ICV right.
 */
export function espSaLines(hosts: readonly Host[]): string[] {
  const lines = new Set<string>();
  for (const host of hosts) {
    for (const association of installedAssociations(host)) lines.add(espSaLine(association));
  }
  return [...lines];
}

function espSaLine(association: SecurityAssociation): string {
  const { algorithms, source, destination, spi } = association;
  const [encryption, key] = encryptionOf(algorithms);
  const [authentication, authenticationKey] = authenticationOf(algorithms);
  const fields = [
    'IPv4',
    formatIpv4(source),
    formatIpv4(destination),
    `0x${spi.toString(16).padStart(8, '0')}`,
    encryption,
    key,
    authentication,
    authenticationKey,
  ];
  return fields.map((field) => `"${field}"`).join(',');
}

function encryptionOf({ aead, encryption }: XfrmAlgorithms): [string, string] {
  if (aead !== null) return [`AES-GCM with ${aead.icvBits / 8} octet ICV [RFC4106]`, hex(aead.key)];
  if (encryption !== null && encryption.name === CIPHER_AES_CBC)
    return ['AES-CBC [RFC3602]', hex(encryption.key)];
  return ['NULL', ''];
}

function authenticationOf({ authentication }: XfrmAlgorithms): [string, string] {
  if (authentication === null || authentication.name === DIGEST_NULL) return ['NULL', ''];
  const { name, truncBits, key } = authentication;
  if (name === HMAC_SHA1 && truncBits === 96) return ['HMAC-SHA-1-96 [RFC2404]', hex(key)];
  if (name === HMAC_SHA256 && truncBits === 128) return ['HMAC-SHA-256-128 [RFC4868]', hex(key)];
  if (name === HMAC_SHA256 && truncBits === 96) {
    return ['HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]', hex(key)];
  }
  // Wireshark has no name for the rest, but it can be told how long the ICV is.
  return [`ANY ${truncBits} bit authentication [no checking]`, ''];
}

function hex(bytes: Uint8Array): string {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
