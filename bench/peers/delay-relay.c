/*
 * Frames between two network interfaces, each way delayed by the same time, and lost at random from the first to the
 * second: a link for machines whose kernel has no netem.
 *
 *     delay-relay FIRST SECOND DELAY_US LOSS SEED
 *
 * LOSS is a probability and meets frames of more than 200 bytes, so that acknowledgements all arrive.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { QUEUE = 65536, BUFFER = 64 << 20, SHORTEST_DATA = 200 };

struct frame {
  double due;
  int length;
  unsigned char *bytes;
};

static struct frame queue[2][QUEUE];
static unsigned head[2], tail[2];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static int open_interface(const char *name) {
  int descriptor = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  address.sll_ifindex = if_nametoindex(name);
  if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    perror(name);
    exit(1);
  }
  int size = BUFFER;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  return descriptor;
}

/* Sends what is due, and gives the time of what is due next. */
static double send_due(const int descriptors[2], double at) {
  double next = at + 0.001;
  for (int i = 0; i < 2; i++) {
    while (head[i] != tail[i] && queue[i][head[i] % QUEUE].due <= at) {
      struct frame *frame = &queue[i][head[i]++ % QUEUE];
      if (send(descriptors[1 - i], frame->bytes, frame->length, 0) < 0) perror("send");
      free(frame->bytes);
    }
    if (head[i] != tail[i] && queue[i][head[i] % QUEUE].due < next) next = queue[i][head[i] % QUEUE].due;
  }
  return next;
}

static void receive_all(int descriptor, int from, double delay, double loss) {
  static unsigned char buffer[70000];
  for (;;) {
    struct sockaddr_ll sender;
    socklen_t size = sizeof sender;
    int length = recvfrom(descriptor, buffer, sizeof buffer, MSG_DONTWAIT, (struct sockaddr *)&sender, &size);
    if (length <= 0) return;
    if (sender.sll_pkttype == PACKET_OUTGOING) continue;
    if (from == 0 && length > SHORTEST_DATA && drand48() < loss) continue;
    struct frame *frame = &queue[from][tail[from]++ % QUEUE];
    frame->due = now() + delay;
    frame->length = length;
    frame->bytes = malloc(length);
    memcpy(frame->bytes, buffer, length);
  }
}

int main(int count, char **words) {
  if (count != 6) {
    fprintf(stderr, "usage: delay-relay FIRST SECOND DELAY_US LOSS SEED\n");
    return 2;
  }
  const int descriptors[2] = {open_interface(words[1]), open_interface(words[2])};
  const double delay = atof(words[3]) * 1e-6, loss = atof(words[4]);
  srand48(atol(words[5]));
  struct sched_param priority = {.sched_priority = 50};
  if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0) perror("sched_setscheduler");
  for (;;) {
    double wait = send_due(descriptors, now()) - now();
    struct timespec timeout = {0, wait > 0 ? (long)(wait * 1e9) : 0};
    struct pollfd polled[2] = {{descriptors[0], POLLIN, 0}, {descriptors[1], POLLIN, 0}};
    ppoll(polled, 2, &timeout, NULL);
    for (int i = 0; i < 2; i++)
      if (polled[i].revents & POLLIN) receive_all(descriptors[i], i, delay, loss);
  }
}
