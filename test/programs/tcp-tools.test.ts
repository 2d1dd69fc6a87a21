import { describe, expect, it } from 'vitest';
import { dockerZeroLab } from './lab.ts';

describe('tcpecho and tcpsend', () => {
  const { lab, c1, c2 } = dockerZeroLab();
  const server = lab.start(c2, 'tcpecho.py 7001');
  lab.wait(0.1);

  it('say who connected', () => {
    expect(lab.run(c1, 'tcpsend.py 172.17.0.3 7001 hello 40001').stdout).toBe(
      `local 172.17.0.2:40001 peer 172.17.0.3:7001 reply b'c2 saw 172.17.0.2:40001 len=5\\n'\n`,
    );
    expect(server.stdout.text).toBe('accepted 172.17.0.2:40001\n');
  });

  it('are told that nobody listens', () => {
    expect(lab.run(c1, 'tcpsend.py 172.17.0.3 7998 hello 40003').stdout).toBe(
      'error [Errno 111] Connection refused\n',
    );
  });

  it('time out where nobody is, and later hear that the host is not there', () => {
    expect(lab.run(c1, 'tcpsend.py 172.17.0.9 7001 x 0 2').stdout).toBe('error timed out\n');
    expect(lab.run(c1, 'tcpsend.py 172.17.0.9 7001 x 0 10').stdout).toBe(
      'error [Errno 113] No route to host\n',
    );
  });

  it('cannot listen twice', () => {
    const second = lab.run(c2, 'tcpecho.py 7001');
    expect(second.stderr).toContain('OSError: [Errno 98] Address already in use');
    expect(second.exit).toBe(1);
  });
});
