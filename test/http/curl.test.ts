import { describe, expect, it } from 'vitest';
import { exchange, recorded, serveOnce, webLab } from './lab.ts';

describe('the recorded exchange', () => {
  it('curl sends the bytes of the recording', () => {
    const { lab, web1 } = webLab();
    const seen = serveOnce(lab, web1, 8080, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    lab.run(lab.machine, 'curl -s -m 3 http://192.168.99.109:8080/cgi-bin/id');
    expect(seen.request).toBe(recorded('curl-request.txt'));
  });

  it('busybox httpd answers with the bytes of the recording', () => {
    const { lab, web1 } = webLab();
    lab.start(web1, 'busybox-httpd -f -p 8080 -h /www');
    lab.wait(0.1);
    const reply = exchange(lab, lab.machine, '192.168.99.109', 8080, recorded('curl-request.txt'), 36480);
    expect(reply).toBe(recorded('cgi-reply.txt'));
  });

  it('curl prints the page', () => {
    const { lab, web1 } = webLab();
    lab.start(web1, 'busybox-httpd -f -p 8080 -h /www');
    lab.wait(0.1);
    const result = lab.run(lab.machine, 'curl -s --local-port 40000 http://192.168.99.109:8080/cgi-bin/id');
    expect(result.stdout).toBe('host=web1 client=[::ffff:192.168.99.1]:40000\n');
    expect(result.exit).toBe(0);
  });
});

/** curl against a server that answers a fixed reply once. */
function against(reply: string, options: string): { stdout: string; stderr: string; exit: number | null } {
  const { lab, web1 } = webLab();
  serveOnce(lab, web1, 80, reply);
  return lab.run(lab.machine, `curl ${options} http://192.168.99.109/`);
}

describe('curl', () => {
  it('fails in the words of 7.88', () => {
    const { lab } = webLab();
    const run = (line: string) => {
      const { stderr, exit } = lab.run(lab.machine, line);
      return `${stderr}${exit}`;
    };
    expect(run('curl http://192.168.99.109:81/')).toBe(
      "curl: (7) Failed to connect to 192.168.99.109 port 81 after 0 ms: Couldn't connect to server\n7",
    );
    expect(run('curl -s http://192.168.99.109:81/')).toBe('7');
    expect(run('curl -m 2 http://192.168.99.50/')).toBe(
      'curl: (28) Connection timed out after 2000 milliseconds\n28',
    );
    expect(run('curl http://nohost/')).toBe('curl: (6) Could not resolve host: nohost\n6');
    expect(run("curl 'http://[::1]:8080/'")).toBe(
      "curl: (7) Failed to connect to ::1 port 8080 after 0 ms: Couldn't connect to server\n7",
    );
    expect(run('curl --nosuch')).toBe(
      "curl: option --nosuch: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n2",
    );
    expect(run('curl foo://x')).toBe('curl: (1) Protocol "foo" not supported or disabled in libcurl\n1');
  });

  it('tells when the host is not there', () => {
    const { lab } = webLab();
    const { stderr } = lab.run(lab.machine, 'curl http://192.168.99.50/');
    expect(stderr).toMatch(
      /^curl: \(7\) Failed to connect to 192.168.99.50 port 80 after 3\d{3} ms: Couldn't connect to server\n$/,
    );
  });

  it('tells of an empty and of a short reply', () => {
    expect(against('', '-sS')).toEqual({
      stdout: '',
      stderr: 'curl: (52) Empty reply from server\n',
      exit: 52,
    });
    expect(against('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', '-sS')).toEqual({
      stdout: 'abc',
      stderr: 'curl: (18) transfer closed with 97 bytes remaining to read\n',
      exit: 18,
    });
  });

  it('reads chunks', () => {
    const chunked =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n\n\r\n0\r\n\r\n';
    expect(against(chunked, '').stdout).toBe('hello\n');
  });

  it('shows both heads with -v', () => {
    const reply =
      'HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope';
    expect(against(reply, "-v -X PUT -A agent -u me:pw -H 'X-A: b' -d '{\"a\":1}'")).toEqual({
      stdout: 'nope',
      stderr: `*   Trying 192.168.99.109:80...
* Connected to 192.168.99.109 (192.168.99.109) port 80 (#0)
* Server auth using Basic with user 'me'
> PUT / HTTP/1.1
> Host: 192.168.99.109
> Authorization: Basic bWU6cHc=
> User-Agent: agent
> Accept: */*
> X-A: b
> Content-Length: 7
> Content-Type: application/x-www-form-urlencoded
> 
< HTTP/1.1 404 Not Found
< Server: nginx
< Content-Length: 4
< Connection: close
< 
* Closing connection 0
`,
      exit: 0,
    });
  });

  it('fails on request, and writes out what happened', () => {
    const reply = 'HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nnope';
    expect(against(reply, '-sSf')).toEqual({
      stdout: '',
      stderr: 'curl: (22) The requested URL returned error: 404\n',
      exit: 22,
    });
    const format = '%{http_code} %{size_download} %{remote_ip}:%{remote_port} %{content_type}\\n';
    expect(against(reply, `-s -o /dev/null -w '${format}'`).stdout).toBe(
      '404 4 192.168.99.109:80 text/html\n',
    );
  });

  it('saves to a file and shows the meter', () => {
    const { lab, web1 } = webLab();
    serveOnce(lab, web1, 80, 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n');
    const { stderr } = lab.run(lab.machine, 'curl -O http://192.168.99.109/a/file.txt?x=1');
    expect(lab.run(lab.machine, 'cat file.txt').stdout).toBe('hello\n');
    expect(stderr).toContain('  % Total    % Received % Xferd  Average Speed');
    expect(stderr).toMatch(/\r100 {5}6 {2}100 {5}6 {4}0 {5}0 .*--:--:-- --:--:-- --:--:-- .*\n$/);
  });

  it('tries again', () => {
    const { lab } = webLab();
    const before = lab.sim.nowNs;
    const { stderr } = lab.run(
      lab.machine,
      'curl --retry 2 --retry-connrefused http://192.168.99.109:81/ 2>&1 >/dev/null',
    );
    expect(stderr).toBe('');
    expect(lab.sim.nowNs - before).toBeGreaterThanOrEqual(3e9);
  });
});
