/** What `help` prints in a lab. */
export const HELP_TEXT = `Type commands as you would on the machine the prompt names: docker, ip, iptables, ping, tcpdump …

  docker exec -it c1 sh      go into a container; exit or Ctrl-D comes back
  on c1 ping -c 1 c2         run one command elsewhere; also: c1$ ping -c 1 c2
  on c1                      type there from now on; exit or Ctrl-D comes back
  host1:NETNS                a network namespace of a host, wherever a name is expected

  wait 5s                    let simulated time go on
  time                       how much simulated time has passed
  capture start NAME on c1/eth0 [filter EXPR]     write captures/NAME.pcap
  capture stop [NAME]        all of them without a name
  link NAME down [500ms], link NAME up
  host NAME down, host NAME up
  kill CONTAINER             as if its first process had been killed
  exit [CODE]                back, or out of the lab

Simulated time goes on only while a command runs: ping -c 3 takes three simulated seconds and prints
at once, and between two commands no time passes. What never ends (ping, tcpdump, sleep infinity)
goes on until Ctrl-C. A program that waits for input gets one simulated second after each line typed
for what else it waits for.
Each machine and container has one shell here: its variables and directory stay. COMMAND & runs in
the background; jobs, wait and kill %1 know it.
`;
