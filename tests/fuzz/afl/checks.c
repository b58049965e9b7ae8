/*
 * What the core may emit: DHCP and ARP from its own MAC address, requests of schema/kv.capnp, printable
 * lines. The rules are those of calfFilter in priv/bpf/programs.ts and of the RFCs, written anew.
 */
#include "harness.h"

#include <string.h>

/* Ethernet's header and an ARP packet for IPv4 (RFC 826). */
#define ETHERNET 14
#define ARP_FRAME (ETHERNET + 28)
/* Headers before a DHCP message, and its fixed part up to and with the cookie (RFC 2131 §2). */
#define MESSAGE_AT (ETHERNET + 20 + 8)
#define OPTIONS_AT (MESSAGE_AT + 240)
#define MAX_SENT 1514

static const uint8_t ALL[6] = {255, 255, 255, 255, 255, 255};

uint32_t get16(const uint8_t *at) {
  return (uint32_t)at[0] << 8 | at[1];
}

uint32_t get32(const uint8_t *at) {
  return get16(at) << 16 | get16(at + 2);
}

void put16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

void put32(uint8_t *at, uint32_t value) {
  put16(at, value >> 16);
  put16(at + 2, value);
}

uint32_t sum16(uint32_t sum, const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i + 1 < length; i += 2) sum += get16(bytes + i);
  if (length & 1) sum += (uint32_t)bytes[length - 1] << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

uint32_t udp_checksum(const uint8_t *ip_header, const uint8_t *udp, size_t length) {
  uint8_t pseudo[4] = {0, 17, (uint8_t)(length >> 8), (uint8_t)length};
  uint32_t sum = sum16(sum16(0, ip_header + 12, 8), pseudo, 4);
  return sum16(sum, udp, length);
}

static void check_arp(const uint8_t *frame, size_t length) {
  const uint8_t *arp = frame + ETHERNET;
  static const uint8_t head[6] = {0, 1, 8, 0, 6, 4};
  expect(length == ARP_FRAME, "ARP of the right length");
  expect(memcmp(arp, head, sizeof head) == 0, "ARP for Ethernet and IPv4");
  uint32_t operation = get16(arp + 6);
  expect(operation == 1 || operation == 2, "an ARP request or reply");
  expect(memcmp(arp + 8, OUR_MAC, 6) == 0, "ARP of our own");
  if (operation == 1) {
    expect(memcmp(frame, ALL, 6) == 0, "an ARP request to all");
    world.arp_target = get32(arp + 24);
    expect(world.arp_target != 0, "an ARP request about an address");
  } else {
    expect(get32(arp + 14) != 0, "an ARP reply about an address");
  }
}

/* Options up to END; what the harness and its answers need of them is kept. */
static void check_options(const uint8_t *at, const uint8_t *end) {
  world.message_type = 0;
  while (at < end && *at != 255) {
    if (*at == 0) {
      at++;
      continue;
    }
    expect(end - at >= 2 && end - at >= 2 + at[1], "options within the message");
    if (at[0] == 53) world.message_type = at[2];
    if (at[0] == 50) world.requested = get32(at + 2);
    at += 2 + at[1];
  }
  expect(at < end, "an END option");
  switch (world.message_type) {
    case 1: case 3: case 4: case 7: case 8: break;
    default: expect(false, "a message that a client sends");
  }
}

static void check_dhcp(const uint8_t *frame, size_t length) {
  const uint8_t *ip = frame + ETHERNET, *udp = ip + 20, *message = udp + 8;
  static const uint8_t cookie[4] = {99, 130, 83, 99};
  expect(length >= MESSAGE_AT + 300 && length <= MAX_SENT, "a DHCP message of sound length");
  expect(ip[0] == 0x45 && ip[9] == 17, "UDP in IPv4 without options");
  expect(get16(ip + 2) == length - ETHERNET, "the length of IPv4");
  expect((get16(ip + 6) & 0xbfff) == 0, "no fragment");
  expect(sum16(0, ip, 20) == 0xffff, "the checksum of IPv4");
  expect(get16(udp) == 68 && get16(udp + 2) == 67, "from a client to a server");
  expect(get16(udp + 4) == length - ETHERNET - 20, "the length of UDP");
  expect(get16(udp + 6) != 0, "UDP with a checksum");
  expect(udp_checksum(ip, udp, length - ETHERNET - 20) == 0xffff, "the checksum of UDP");
  uint32_t source = get32(ip + 12), destination = get32(ip + 16);
  /* 240.0.0.0/4 is unicast to Linux. */
  bool is_host = (source >> 24) != 127 && (source >> 28) != 0xe && source != 0xffffffff;
  expect(is_host, "from an address that a host can have");
  expect(destination != 0 && (destination >> 24) != 127, "to an address");
  expect((destination == 0xffffffff) == (memcmp(frame, ALL, 6) == 0), "broadcast in both headers");
  expect(memcmp(message, "\1\1\6", 3) == 0, "BOOTREQUEST over Ethernet");
  expect(memcmp(message + 28, OUR_MAC, 6) == 0, "chaddr of our own");
  expect(memcmp(message + 236, cookie, 4) == 0, "the magic cookie");
  world.previous_xid = world.xid;
  world.xid = get32(message + 4);
  world.requested = get32(message + 12);
  expect(world.requested == 0 || source == 0 || source == world.requested, "from ciaddr");
  check_options(frame + OPTIONS_AT, frame + length);
}

void check_frame(const uint8_t *frame, size_t length) {
  expect(length >= ARP_FRAME && length <= MAX_SENT, "a frame of sound length");
  expect(memcmp(frame + 6, OUR_MAC, 6) == 0, "from our own MAC address");
  expect(memcmp(frame, OUR_MAC, 6) != 0, "to another MAC address");
  uint32_t type = get16(frame + 12);
  if (type == 0x0806) {
    check_arp(frame, length);
  } else {
    expect(type == 0x0800, "ARP or IPv4");
    check_dhcp(frame, length);
  }
}

void check_request(const uint8_t *message, size_t length) {
  uint32_t head[2], id;
  expect(length >= 24 && length <= MAX_MESSAGE && length % 8 == 0, "a message of sound length");
  memcpy(head, message, sizeof head);
  expect(head[0] == 0 && (size_t)head[1] * 8 + 8 == length, "one segment that fills the message");
  memcpy(&id, message + 16, 4);
  expect(id > 0 && id < 0x80000000u, "a positive id");
  expect(message[20] == 4 || message[20] == 5, "a commit or the subscription");
}

void check_log(uint32_t severity, const uint8_t *text, size_t length) {
  expect(severity <= 7, "a syslog severity");
  expect(length > 0 && length <= 512, "a line of sound length");
  for (size_t i = 0; i < length; i++) {
    expect(text[i] >= 0x20 && text[i] <= 0x7e, "printable ASCII in the log");
  }
}
