/** Ports that /etc/services of Debian names, of those seen in practice. */
const NAMES: Readonly<Record<string, string>> = {
  'tcp/21': 'ftp',
  'tcp/22': 'ssh',
  'tcp/23': 'telnet',
  'tcp/25': 'smtp',
  'tcp/53': 'domain',
  'udp/53': 'domain',
  'udp/67': 'bootps',
  'udp/68': 'bootpc',
  'udp/69': 'tftp',
  'tcp/80': 'http',
  'tcp/110': 'pop3',
  'udp/123': 'ntp',
  'tcp/143': 'imap2',
  'udp/161': 'snmp',
  'tcp/443': 'https',
  'udp/443': 'https',
  'udp/514': 'syslog',
  'tcp/3306': 'mysql',
  'tcp/5432': 'postgresql',
  'tcp/6379': 'redis',
  'tcp/8080': 'http-alt',
  'udp/8080': 'http-alt',
};

/** The name of a port, or its number as text. */
export function serviceName(protocol: string, port: number): string {
  return NAMES[`${protocol}/${port}`] ?? String(port);
}
