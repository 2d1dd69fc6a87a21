import { describe, expect, it } from 'vitest';
import { serveOnce, webLab } from './lab.ts';

function withServer(line: string) {
  const { lab, web1 } = webLab();
  const server = lab.start(web1, line);
  lab.wait(0.1);
  return { lab, web1, server, get: (options: string) => lab.run(lab.machine, options) };
}

describe('nginx', () => {
  it('serves the welcome page with its headers and logs it', () => {
    const { lab, server, get } = withServer("nginx -g 'daemon off;'");
    const page = get('curl -s http://192.168.99.109').stdout;
    expect(page).toContain('<h1>Welcome to nginx!</h1>');
    expect(page.length).toBe(615);
    expect(get('curl -sI http://192.168.99.109').stdout).toBe(
      [
        'HTTP/1.1 200 OK',
        'Server: nginx/1.25.3',
        'Date: Thu, 01 Jan 2026 00:00:00 GMT',
        'Content-Type: text/html',
        'Content-Length: 615',
        'Last-Modified: Tue, 24 Oct 2023 13:46:47 GMT',
        'Connection: keep-alive',
        'ETag: "6537cac7-267"',
        'Accept-Ranges: bytes',
        '',
        '',
      ].join('\r\n'),
    );
    expect(get("curl -s -o /dev/null -w '%{http_code}' http://192.168.99.109/nope").stdout).toBe('404');
    lab.wait(0.1);
    expect(server.stdout.text.split('\n').slice(0, 3)).toEqual([
      '192.168.99.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 615 "-" "curl/7.88.1" "-"',
      '192.168.99.1 - - [01/Jan/2026:00:00:00 +0000] "HEAD / HTTP/1.1" 200 0 "-" "curl/7.88.1" "-"',
      '192.168.99.1 - - [01/Jan/2026:00:00:00 +0000] "GET /nope HTTP/1.1" 404 153 "-" "curl/7.88.1" "-"',
    ]);
  });

  it('serves a file that was put there', () => {
    const { web1, get } = withServer("nginx -g 'daemon off;'");
    web1.context.fileSystem.writeText('/usr/share/nginx/html/index.html', 'mine\n');
    expect(get('curl -s http://192.168.99.109').stdout).toBe('mine\n');
  });

  it('gives up when the port is taken', () => {
    const { lab, web1 } = withServer("nginx -g 'daemon off;'");
    const { stderr, exit } = lab.run(web1, "nginx -g 'daemon off;'");
    expect(stderr.match(/bind\(\) to 0.0.0.0:80 failed \(98: Address already in use\)/g)).toHaveLength(5);
    expect(exit).toBe(1);
  });

  it('listens on IPv6 beside IPv4, by a socket of its own, where there is IPv6', () => {
    const { lab, web1, server, get } = withServer("nginx -g 'daemon off;'");
    expect(lab.run(web1, 'ss -tlnH').stdout).toMatch(/^LISTEN 0 +511 +0\.0\.0\.0:80 [^\n]*\n$/);
    server.process.kill();
    lab.loadDisabledIpv6();
    lab.start(web1, "nginx -g 'daemon off;'");
    lab.wait(0.1);
    expect(lab.run(web1, 'ss -tln4H').stdout).toMatch(/^LISTEN 0 +511 +0\.0\.0\.0:80 [^\n]*\n$/);
    expect(lab.run(web1, 'ss -tln6H').stdout).toMatch(/^LISTEN 0 +511 +\[::\]:80 [^\n]*\n$/);
    expect(get('curl -s -o /dev/null http://192.168.99.109/').exit).toBe(0);
  });

  it('keeps a connection for the second URL', () => {
    const { get } = withServer("nginx -g 'daemon off;'");
    const { stderr } = get('curl -sv -o /dev/null http://192.168.99.109/a http://192.168.99.109/b');
    expect(stderr).toContain('* Re-using existing connection #0 with host 192.168.99.109');
    expect(stderr.match(/Trying/g)).toHaveLength(1);
  });
});

describe('other servers', () => {
  it('Apache says that it works', () => {
    const { get } = withServer('httpd-foreground');
    expect(get('curl -s http://192.168.99.109').stdout).toBe(
      '<html><body><h1>It works!</h1></body></html>\n',
    );
  });

  it('Tomcat has nothing to show', () => {
    const { get } = withServer('catalina.sh run');
    expect(get('curl -s http://192.168.99.109:8080').stdout).toContain(
      '<h1>HTTP Status 404 – Not Found</h1>',
    );
  });

  it('http.server lists a directory', () => {
    const { get, server, lab } = withServer('cd /www && python3 -m http.server 8000');
    expect(get('curl -s http://192.168.99.109:8000/').stdout).toContain(
      '<li><a href="cgi-bin/">cgi-bin/</a></li>',
    );
    lab.wait(0.1);
    expect(server.stdout.text).toBe('Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...\n');
    expect(server.stderr.text).toBe('192.168.99.1 - - [01/Jan/2026 00:00:00] "GET / HTTP/1.1" 200 -\n');
  });

  it('busybox httpd has its own page for what is not there', () => {
    const { get } = withServer('httpd -f -h /www');
    expect(get('curl -s http://192.168.99.109/x').stdout).toBe(
      '<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\n' +
        'The requested URL was not found\n</BODY></HTML>\n',
    );
  });
});

describe('wget', () => {
  it('of busybox is refused in the words of the recording', () => {
    const { lab, web1 } = webLab();
    const { stderr, exit } = lab.run(web1, 'wget -q -O - http://192.168.99.1:81/');
    expect(stderr).toBe("wget: can't connect to remote host (192.168.99.1): Connection refused\n");
    expect(exit).toBe(1);
  });

  it('of busybox sends its own request and prints the page', () => {
    const { lab, web1 } = webLab();
    const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n';
    const seen = serveOnce(lab, lab.machine, 80, reply);
    expect(lab.run(web1, 'wget -O - http://192.168.99.1/')).toEqual({
      stdout: 'hello\n',
      stderr: `Connecting to 192.168.99.1 (192.168.99.1:80)
writing to stdout
-                    100% |********************************|     6  0:00:00 ETA
written to stdout
`,
      exit: 0,
    });
    expect(seen.request).toBe(
      'GET / HTTP/1.1\r\nHost: 192.168.99.1\r\nUser-Agent: Wget\r\nConnection: close\r\n\r\n',
    );
    const missing = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
    serveOnce(lab, lab.machine, 81, missing);
    expect(lab.run(web1, 'wget http://192.168.99.1:81/x').stderr).toContain(
      'wget: server returned error: HTTP/1.1 404 Not Found\n',
    );
  });

  it('of GNU tells what it does', () => {
    const { lab, web1 } = webLab();
    const seen = serveOnce(
      lab,
      web1,
      80,
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\nhello\n',
    );
    const { stderr, exit } = lab.run(lab.machine, 'wget http://192.168.99.109/');
    expect(stderr).toMatch(
      /^--2026-01-01 00:00:00-- {2}http:\/\/192.168.99.109\/\nConnecting to 192.168.99.109:80... connected.\nHTTP request sent, awaiting response... 200 OK\nLength: 6 \[text\/html\]\nSaving to: ‘index.html’\n\n {5}0K .* 100% .*=0s\n\n2026-01-01 00:00:00 \(.*\) - ‘index.html’ saved \[6\/6\]\n\n$/,
    );
    expect(exit).toBe(0);
    expect(seen.request).toContain('User-Agent: Wget/1.21.3\r\nAccept: */*\r\nAccept-Encoding: identity\r\n');
    expect(lab.run(lab.machine, 'wget -t 1 http://192.168.99.109:81/')).toEqual({
      stdout: '',
      stderr:
        '--2026-01-01 00:00:00--  http://192.168.99.109:81/\nConnecting to 192.168.99.109:81... failed: Connection refused.\n',
      exit: 4,
    });
  });
});
