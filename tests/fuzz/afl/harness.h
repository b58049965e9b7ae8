/*
 * The world around the core that wasm2c made of calf/host/guest/exports.ts: what scenario.c does to it,
 * world.c carries and checks. Times are milliseconds modulo 2^32.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest frame and longest message that a calf's host passes on (calf/host/v8_host.ts). */
#define MAX_FRAME 9216
#define MAX_MESSAGE 16384
/* What nextDeadlineMs() may give at most: "not soon" (calf/sdk/clock.ts). */
#define LONGEST_WAIT 0x40000000u
/* Requests that can wait for priv's answer (KV_MAX_OUTSTANDING of calf/sdk/kv.ts). */
#define MAX_PENDING 16

/* What becomes of a commit. */
enum outcome { ACCEPT, REFUSE, IGNORE };

/* What the core has done last, for whoever answers it. */
struct world {
  uint32_t now;
  enum outcome outcome;
  uint32_t subscription;      /* id, 0 before there is one */
  uint32_t pending[MAX_PENDING];
  int pending_count;
  uint32_t xid;               /* of the last DHCP message, and of the one before */
  uint32_t previous_xid;
  uint32_t requested;         /* option 50 or ciaddr of the last DHCP message */
  uint8_t message_type;       /* option 53 of the last DHCP message */
  uint32_t arp_target;        /* of the last ARP request */
  bool tracing;
};

extern struct world world;
/* 02:00:00:00:00:01, which every configuration of tables.h says. */
extern const uint8_t OUR_MAC[6];

/* Stops with a line about what was broken, which AFL takes for a crash. */
void expect(bool holds, const char *what);

/* Makes the core, once. */
void world_make(void);
/* Everything as world_make() left it, and then the start of the service. */
void world_begin(uint32_t now);
/* Checks what must hold at the end: nothing was allocated since the start. */
void world_end(void);

/* The calls of a Service (calf/sdk/host.ts), each followed by what priv has to answer. */
void call_frame(const uint8_t *bytes, size_t length);
void call_ctl(const uint8_t *bytes, size_t length);
void call_timer(void);
uint32_t call_deadline(void);

/* Lets `ms` pass and what is due happen, with at most `calls` calls of the timer. */
void world_run(uint32_t ms, int calls);
/* Goes to the next deadline and lets what is due happen. */
void world_to_deadline(void);
/* Lets time alone pass: whatever comes next comes before the timers. */
void world_jump(uint32_t ms, bool backward);
/* priv answers the oldest commit that waits; nothing happens when none does. */
void world_answer(enum outcome outcome, const uint8_t *text, size_t length);

/* Checks of what the core emits, and what it says (checks.c). */
void check_frame(const uint8_t *frame, size_t length);
void check_request(const uint8_t *message, size_t length);
void check_log(uint32_t severity, const uint8_t *text, size_t length);

/* Numbers in network order, and the checksum of the Internet (RFC 1071). */
uint32_t get16(const uint8_t *at);
uint32_t get32(const uint8_t *at);
void put16(uint8_t *at, uint32_t value);
void put32(uint8_t *at, uint32_t value);
uint32_t sum16(uint32_t sum, const uint8_t *bytes, size_t length);
uint32_t udp_checksum(const uint8_t *ip_header, const uint8_t *udp, size_t length);

/* Plays one input (scenario.c). */
void scenario_play(const uint8_t *bytes, size_t length);

#endif
