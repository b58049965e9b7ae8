/*
 * An input is a scenario: a configuration, the time at which it begins, and steps, each an opcode
 * and what the opcode takes. A step that is cut short ends the scenario. tests/fuzz/scenario.ts
 * writes such inputs; its opcodes are those of `enum step`.
 */
#include "harness.h"

#include <string.h>

#include "tables.h"

#define MAX_STEPS 150
#define MAX_TIMERS 40

enum step {
  FRAME, FIXED_FRAME, MESSAGE, ARP, RUN, JUMP, TIMER, CHANGE, ANSWER, CTL, OUTCOME, DEADLINES, SERVER,
  STEPS
};

/* What FIXED_FRAME repairs. */
enum fix { TO_US = 1, TO_ALL = 2, LENGTHS = 4, CHECKSUMS = 8, XID = 16, CHADDR = 32 };

/* What MESSAGE does besides (the higher bits choose yiaddr). */
enum message_flag { UNICAST = 1, OLD_XID = 2, STANDARD = 4, IN_FILE = 8, NO_END = 16 };

static const uint8_t SERVER_MAC[6] = {2, 0, 0, 0, 0, 2};
#define SERVER_ADDRESS 0xc0000201u
#define OFFERED 0xc0000207u

struct input {
  const uint8_t *at, *end;
};

static size_t left(const struct input *in) {
  return (size_t)(in->end - in->at);
}

static uint32_t byte_of(struct input *in) {
  return in->at < in->end ? *in->at++ : 0;
}

static uint32_t word_of(struct input *in) {
  uint32_t low = byte_of(in);
  return low | byte_of(in) << 8;
}

/* A length and so many bytes of the input, or as many as there are. */
static const uint8_t *bytes_of(struct input *in, size_t *length) {
  *length = word_of(in);
  if (*length > left(in)) *length = left(in);
  const uint8_t *bytes = in->at;
  in->at += *length;
  return bytes;
}

/* An address that means something in the scenario, or any. */
static uint32_t address_of(struct input *in, uint32_t choice) {
  switch (choice % 12) {
    case 0: return OFFERED;
    case 1: return world.requested;
    case 2: return world.arp_target;
    case 3: return SERVER_ADDRESS;
    case 4: return 0xc0000208;
    case 5: return 0;
    case 6: return 0xffffffff;
    case 7: return 0xc00002ff;
    case 8: return 0xa9fe0101;
    case 9: return 0xc0000263;
    case 10: return 0x7f000001;
    default: return word_of(in) << 16 | word_of(in);
  }
}

/* Headers of a datagram of `length` bytes that lies at frame + 42; checksums as they must be. */
static void put_headers(uint8_t *frame, size_t length, uint32_t to) {
  uint8_t *ip = frame + 14, *udp = ip + 20;
  memcpy(frame, OUR_MAC, 6);
  if (to == 0xffffffff) memset(frame, 255, 6);
  memcpy(frame + 6, SERVER_MAC, 6);
  put16(frame + 12, 0x0800);
  memcpy(ip, "\x45\0\0\0\0\0\0\0\x40\x11\0\0", 12);
  put16(ip + 2, (uint32_t)length + 28);
  put32(ip + 12, SERVER_ADDRESS);
  put32(ip + 16, to);
  put16(ip + 10, sum16(0, ip, 20) ^ 0xffff);
  put16(udp, 67);
  put16(udp + 2, 68);
  put16(udp + 4, (uint32_t)length + 8);
  put16(udp + 6, 0);
  put16(udp + 6, udp_checksum(ip, udp, length + 8) ^ 0xffff);
}

/* Makes a frame of the input pass the checks that random bytes never pass. */
static void fix_frame(uint8_t *frame, size_t length, uint32_t fixes) {
  if (fixes & TO_US && length >= 6) memcpy(frame, OUR_MAC, 6);
  if (fixes & TO_ALL && length >= 6) memset(frame, 255, 6);
  if (length < 42 || get16(frame + 12) != 0x0800) return;
  uint8_t *ip = frame + 14;
  size_t header = (size_t)(ip[0] & 15) * 4;
  if (header < 20 || 14 + header + 8 > length) return;
  uint8_t *udp = ip + header, *message = udp + 8;
  size_t datagram = length - 14 - header, payload = datagram - 8;
  if (fixes & XID && payload >= 8) put32(message + 4, world.xid);
  if (fixes & CHADDR && payload >= 34) memcpy(message + 28, OUR_MAC, 6);
  if (fixes & LENGTHS) {
    put16(ip + 2, (uint32_t)(length - 14));
    put16(udp + 4, (uint32_t)datagram);
  }
  if (!(fixes & CHECKSUMS)) return;
  put16(ip + 10, 0);
  put16(ip + 10, sum16(0, ip, header) ^ 0xffff);
  size_t covered = get16(udp + 4);
  if (covered < 8 || covered > datagram) return;
  put16(udp + 6, 0);
  put16(udp + 6, udp_checksum(ip, udp, covered) ^ 0xffff);
}

static void step_frame(struct input *in, bool fixed) {
  static uint8_t frame[MAX_FRAME];
  uint32_t fixes = fixed ? byte_of(in) : 0;
  size_t length;
  const uint8_t *bytes = bytes_of(in, &length);
  if (length > MAX_FRAME) length = MAX_FRAME;
  memcpy(frame, bytes, length);
  if (fixed) fix_frame(frame, length, fixes);
  call_frame(frame, length);
}

/* The fixed part of a reply to the last message of the core. */
static uint8_t *begin_message(uint8_t *message, uint32_t xid, uint32_t yiaddr) {
  memset(message, 0, 240);
  memcpy(message, "\2\1\6", 3);
  put32(message + 4, xid);
  put32(message + 16, yiaddr);
  memcpy(message + 28, OUR_MAC, 6);
  memcpy(message + 236, "\x63\x82\x53\x63", 4);
  return message + 240;
}

/* The options that every server gives. */
static uint8_t *put_standard(uint8_t *at, uint32_t seconds) {
  static const uint8_t options[] = {
    54, 4, 192, 0, 2, 1, 1, 4, 255, 255, 255, 0, 3, 4, 192, 0, 2, 1, 6, 4, 192, 0, 2, 53, 51, 4,
  };
  memcpy(at, options, sizeof options);
  put32(at + sizeof options, seconds);
  return at + sizeof options + 4;
}

static uint8_t *put_bytes(uint8_t *at, const uint8_t *bytes, size_t length) {
  memcpy(at, bytes, length);
  return at + length;
}

/* A DHCP message whose options, or `file`, come from the input. */
static void step_message(struct input *in) {
  static uint8_t frame[42 + 240 + 64 + MAX_FRAME];
  uint32_t type = byte_of(in), flags = byte_of(in);
  uint32_t yiaddr = address_of(in, flags >> 5);
  size_t length;
  const uint8_t *options = bytes_of(in, &length);
  uint8_t *message = frame + 42;
  uint8_t *at = begin_message(message, flags & OLD_XID ? world.previous_xid : world.xid, yiaddr);
  /* An answer that fits what was sent, unless a type is asked for. */
  if (type >= 64) type = world.message_type == 1 ? 2 : 5;
  if (type != 0) at = put_bytes(at, (uint8_t[]){53, 1, (uint8_t)type}, 3);
  if (flags & STANDARD) at = put_standard(at, 3600);
  if (flags & IN_FILE) {
    size_t part = length < 128 ? length : 128;
    memcpy(message + 108, options, part);
    at = put_bytes(at, (const uint8_t *)"\x34\1\1", 3);
    options += part;
    length -= part;
  }
  at = put_bytes(at, options, length > 8192 ? 8192 : length);
  if (!(flags & NO_END)) *at++ = 255;
  size_t payload = (size_t)(at - message);
  put_headers(frame, payload, flags & UNICAST ? yiaddr : 0xffffffff);
  call_frame(frame, 42 + payload);
}

static void step_arp(struct input *in) {
  uint8_t frame[60] = {0};
  uint32_t choice = byte_of(in), addresses = byte_of(in);
  memset(frame, 255, 6);
  if (choice & 4) memcpy(frame, OUR_MAC, 6);
  memcpy(frame + 6, SERVER_MAC, 6);
  if (choice & 8) frame[11] = 0xaa;
  memcpy(frame + 12, "\x08\x06\0\1\x08\0\6\4\0", 9);
  frame[21] = (uint8_t)(choice & 3);
  memcpy(frame + 22, frame + 6, 6);
  put32(frame + 28, address_of(in, addresses & 15));
  put32(frame + 38, address_of(in, addresses >> 4));
  call_frame(frame, choice & 16 ? 60 : 42);
}

/* What a server in good order answers to the last message, or, bit 0, a DHCPNAK. */
static void step_server(struct input *in) {
  static const uint32_t TIMES[] = {3600, 60, 20, 1, 0, 0xffffffff, 0x7fffffff, 86400};
  uint8_t frame[42 + 300] = {0};
  uint32_t choice = byte_of(in);
  bool asks = world.message_type == 1;
  bool refuses = (choice & 1) && !asks;
  uint32_t yiaddr = refuses || world.message_type == 8 ? 0 : asks ? OFFERED : world.requested;
  if (world.message_type == 0 || world.message_type == 4 || world.message_type == 7) return;
  uint8_t *at = begin_message(frame + 42, world.xid, yiaddr);
  bool rapid = asks && (choice & 2);
  at = put_bytes(at, (uint8_t[]){53, 1, refuses ? 6 : asks && !rapid ? 2 : 5}, 3);
  if (rapid) at = put_bytes(at, (const uint8_t *)"\x50\0", 2);
  at = put_standard(at, TIMES[choice >> 2 & 7]);
  *at = 255;
  put_headers(frame, 300, choice & 32 && yiaddr != 0 ? yiaddr : 0xffffffff);
  call_frame(frame, sizeof frame);
}

/* A message of tables.h as priv's answer to the subscription. */
static void tell(const struct message *table, size_t count, uint32_t choice) {
  static uint8_t bytes[MAX_MESSAGE];
  const struct message *message = &table[choice % count];
  if (world.subscription == 0) return;
  memcpy(bytes, message->bytes, message->length);
  memcpy(bytes + 16, &world.subscription, 4);
  call_ctl(bytes, message->length);
}

/* A message of the input to the control path, its id, in bits 0–1 of a byte, one that is waited for. */
static void step_ctl(struct input *in) {
  static uint8_t message[MAX_MESSAGE];
  uint32_t choice = byte_of(in);
  size_t length;
  const uint8_t *bytes = bytes_of(in, &length);
  if (length > MAX_MESSAGE) length = MAX_MESSAGE;
  memcpy(message, bytes, length);
  uint32_t id = choice & 1 ? world.subscription : world.pending[0];
  if (choice & 3 && length >= 24) memcpy(message + 16, &id, 4);
  if (choice & 4 && length >= 8) {
    uint32_t head[2] = {0, (uint32_t)(length - 8) / 8};
    memcpy(message, head, sizeof head);
    length = 8 + (size_t)head[1] * 8;
  }
  call_ctl(message, length);
}

static void step_answer(struct input *in) {
  uint32_t choice = byte_of(in);
  size_t length;
  const uint8_t *text = bytes_of(in, &length);
  world_answer((enum outcome)(choice % 3), text, length);
}

/* 0 to 4 s in ms, or with the highest bits set up to 24 days. */
static uint32_t time_of(struct input *in) {
  uint32_t value = word_of(in);
  return (value & 0xfff) << (value >> 12 & 7) * 3;
}

static void step(struct input *in) {
  switch (byte_of(in) % STEPS) {
    case FRAME: step_frame(in, false); break;
    case FIXED_FRAME: step_frame(in, true); break;
    case MESSAGE: step_message(in); break;
    case ARP: step_arp(in); break;
    case RUN: world_run(time_of(in), MAX_TIMERS); break;
    case JUMP: {
      uint32_t ms = time_of(in);
      world_jump(ms, byte_of(in) & 1);
      break;
    }
    case TIMER: call_timer(); break;
    case CHANGE: tell(CHANGES, CHANGE_COUNT, byte_of(in)); break;
    case ANSWER: step_answer(in); break;
    case CTL: step_ctl(in); break;
    case OUTCOME: world.outcome = (enum outcome)(byte_of(in) % 3); break;
    case DEADLINES: {
      for (uint32_t count = byte_of(in) % 8; count-- > 0;) world_to_deadline();
      break;
    }
    case SERVER: step_server(in); break;
  }
}

void scenario_play(const uint8_t *bytes, size_t length) {
  struct input in = {bytes, bytes + length};
  uint32_t configuration = byte_of(&in), begin = byte_of(&in);
  /* In half of the scenarios the clock is about to wrap. */
  world_begin(begin & 1 ? 0u - begin * 500 : begin * 1000);
  tell(CONFIGURATIONS, CONFIGURATION_COUNT, configuration);
  for (int steps = 0; steps < MAX_STEPS && in.at < in.end; steps++) step(&in);
  world_run(2000, MAX_TIMERS);
  world_end();
}
