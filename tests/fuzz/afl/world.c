/*
 * Runs the core: its imports, priv's answers, the clock, and what must hold between the calls.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "tables.h"
#include "wasm-rt.h"

/* More than this at one call is a flood that a single event sets off. */
#define MAX_FRAMES_PER_CALL 4
#define MAX_REQUESTS_PER_CALL 4
#define MAX_LINES_PER_CALL 64
/* More than this in a minute in which nothing but time passes is a flood. */
#define MAX_FRAMES_PER_MINUTE 60
/* The timer may be due again at once so often. */
#define MAX_IDLE_TIMERS 8

struct Z_exports_instance_t {
  int unused;
};

struct world world;
const uint8_t OUR_MAC[6] = {2, 0, 0, 0, 0, 1};

static struct Z_exports_instance_t imports;
static Z_core_instance_t core, snapshot;
static uint8_t *memory_snapshot;
static uint32_t receive_at;
/* The global in which asc's stub runtime keeps the end of the heap; it never frees. */
static const uint32_t *heap_end;
static uint32_t end_at_start;
static int frames, requests, lines;
/* Times of the last frames while time alone passes. */
static uint32_t sent_at[MAX_FRAMES_PER_MINUTE];
static int sent_count;
static bool time_alone;
/* Requests to answer when the call is over. */
static uint32_t asked[MAX_REQUESTS_PER_CALL];
static int asked_count;
static int configuration_sent;

void expect(bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "broken: %s\n", what);
  abort();
}

/* Called by wasm-rt-impl.c, which is built with WASM_RT_TRAP_HANDLER. */
void harness_trap(wasm_rt_trap_t code) {
  fprintf(stderr, "trap: %s\n", wasm_rt_strerror(code));
  abort();
}

static void trace(const char *what, const uint8_t *bytes, size_t length) {
  if (!world.tracing) return;
  printf("%s", what);
  if (bytes != NULL) putchar(' ');
  for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
  putchar('\n');
}

static void trace_number(const char *what, uint32_t number) {
  if (world.tracing) printf("%s %u\n", what, number);
}

static const uint8_t *range(uint32_t address, uint32_t length) {
  expect((uint64_t)address + length <= core.w2c_memory.size, "a range within the memory");
  return core.w2c_memory.data + address;
}

void Z_exportsZ_netWrite(struct Z_exports_instance_t *host, u32 address, u32 length) {
  (void)host;
  const uint8_t *frame = range(address, length);
  trace("> frame", frame, length);
  expect(++frames <= MAX_FRAMES_PER_CALL, "few frames at one call");
  if (time_alone) {
    uint32_t *oldest = &sent_at[sent_count % MAX_FRAMES_PER_MINUTE];
    expect(sent_count < MAX_FRAMES_PER_MINUTE || world.now - *oldest > 60000, "no flood");
    *oldest = world.now;
    sent_count++;
  }
  check_frame(frame, length);
}

void Z_exportsZ_ctlWrite(struct Z_exports_instance_t *host, u32 address, u32 length) {
  (void)host;
  const uint8_t *message = range(address, length);
  trace("> ctl", message, length);
  expect(++requests <= MAX_REQUESTS_PER_CALL, "few requests at one call");
  check_request(message, length);
  uint32_t id;
  memcpy(&id, message + 16, 4); /* little endian, as this machine must be */
  asked[asked_count++] = id | (message[20] == 5 ? 0x80000000u : 0);
}

void Z_exportsZ_log(struct Z_exports_instance_t *host, u32 severity, u32 address, u32 length) {
  (void)host;
  const uint8_t *text = range(address, length);
  if (world.tracing) printf("> log <%u>%.*s\n", severity, (int)length, (const char *)text);
  expect(++lines <= MAX_LINES_PER_CALL, "few lines at one call");
  check_log(severity, text, length);
}

u32 Z_exportsZ_nowMs(struct Z_exports_instance_t *host) {
  (void)host;
  return world.now;
}

static void begin_call(void) {
  frames = requests = lines = 0;
}

static uint32_t raw_deadline(void) {
  uint32_t ms = Z_coreZ_nextDeadlineMs(&core);
  trace_number("now", world.now);
  trace_number("deadline", ms);
  expect(ms <= LONGEST_WAIT, "a deadline within its range");
  return ms;
}

uint32_t call_deadline(void) {
  uint32_t ms = raw_deadline();
  expect(raw_deadline() == ms, "the same deadline at the same time");
  return ms;
}

/* A Response with `id`: ok or error (schema/kv.capnp), in the calf's receive buffer. */
static void respond(uint32_t id, bool ok, const uint8_t *text, size_t length) {
  uint8_t message[32 + 512] = {0};
  if (length > 512) length = 512;
  uint32_t words = 3 + (uint32_t)((length + 7) / 8);
  const uint32_t head[] = {0, words, 0, 0x00010001, id, ok ? 0 : 1, 1, (uint32_t)length << 3 | 2};
  memcpy(message, head, sizeof head);
  if (length > 0) memcpy(message + 32, text, length);
  call_ctl(message, 8 + 8 * words);
}

/* Answers what the core asked for at the last call. */
static void end_call(void) {
  raw_deadline();
  while (asked_count > 0) {
    uint32_t id = asked[0];
    memmove(asked, asked + 1, sizeof asked - sizeof *asked);
    asked_count--;
    if (id & 0x80000000u) {
      world.subscription = id & 0x7fffffff;
      expect(!configuration_sent++, "one subscription");
      continue; /* scenario.c answers it */
    }
    expect(world.pending_count < MAX_PENDING, "no more requests than can wait");
    world.pending[world.pending_count++] = id;
    if (world.outcome == IGNORE) continue;
    world_answer(world.outcome, (const uint8_t *)"no", world.outcome == ACCEPT ? 0 : 2);
  }
}

void world_answer(enum outcome outcome, const uint8_t *text, size_t length) {
  if (world.pending_count == 0) return;
  uint32_t id = world.pending[0];
  memmove(world.pending, world.pending + 1, sizeof world.pending - sizeof *world.pending);
  world.pending_count--;
  if (outcome != IGNORE) respond(id, outcome == ACCEPT, text, length);
}

/* Its name is lost in compilation: it is the only global that lies behind all that is not zero. */
static void find_heap_end(void) {
  uint32_t used = core.w2c_memory.size;
  while (used > 0 && core.w2c_memory.data[used - 1] == 0) used--;
  const uint32_t *global = (const uint32_t *)((const uint8_t *)&core + sizeof(void *));
  const uint32_t *end = (const uint32_t *)((const uint8_t *)&core.w2c_memory);
  for (; global < end; global++) {
    if (*global < used || *global > core.w2c_memory.size) continue;
    expect(heap_end == NULL, "one end of the heap");
    heap_end = global;
  }
  expect(heap_end != NULL, "an end of the heap");
  end_at_start = *heap_end;
}

void world_make(void) {
  wasm_rt_init();
  Z_core_init_module();
  Z_core_instantiate(&core, &imports);
  receive_at = Z_coreZ_receiveBuffer(&core);
  world.now = 0;
  snapshot = core;
  find_heap_end();
  memory_snapshot = malloc(core.w2c_memory.size);
  memcpy(memory_snapshot, core.w2c_memory.data, core.w2c_memory.size);
}

void world_begin(uint32_t now) {
  bool tracing = world.tracing;
  expect(core.w2c_memory.size == snapshot.w2c_memory.size, "no growth of the memory");
  core = snapshot;
  memcpy(core.w2c_memory.data, memory_snapshot, core.w2c_memory.size);
  memset(&world, 0, sizeof world);
  world.tracing = tracing;
  world.now = now;
  asked_count = configuration_sent = 0;
  time_alone = false;
  trace_number("now", now);
  trace("start", NULL, 0);
  begin_call();
  Z_coreZ_start(&core);
  end_call();
}

void world_end(void) {
  expect(core.w2c_memory.size == snapshot.w2c_memory.size, "no growth of the memory");
  expect(*heap_end == end_at_start, "no allocation after the start");
}

/* Puts bytes where the host would, with what an earlier message left behind following them. */
static void put(const uint8_t *bytes, size_t length) {
  memcpy((uint8_t *)range(receive_at, (uint32_t)length), bytes, length);
}

void call_frame(const uint8_t *bytes, size_t length) {
  if (length == 0 || length > MAX_FRAME) return; /* the host passes neither on */
  trace_number("now", world.now);
  trace("frame", bytes, length);
  put(bytes, length);
  begin_call();
  Z_coreZ_onFrame(&core, (uint32_t)length);
  end_call();
}

void call_ctl(const uint8_t *bytes, size_t length) {
  if (length == 0 || length > MAX_MESSAGE) return;
  trace_number("now", world.now);
  trace("ctl", bytes, length);
  put(bytes, length);
  begin_call();
  Z_coreZ_onCtl(&core, (uint32_t)length);
  end_call();
}

void call_timer(void) {
  trace_number("now", world.now);
  trace("timer", NULL, 0);
  begin_call();
  Z_coreZ_onTimer(&core);
  end_call();
}

/* Time passes, less than up to the deadline. */
static void pass(uint32_t ms, uint32_t deadline) {
  world.now += ms;
  uint32_t left = raw_deadline();
  if (deadline < LONGEST_WAIT) expect(left == deadline - ms, "a deadline that time alone moves");
  else expect(left >= deadline - ms, "a deadline that comes no sooner");
}

void world_run(uint32_t ms, int calls) {
  int idle = 0;
  time_alone = true;
  sent_count = 0;
  while (calls-- > 0) {
    uint32_t deadline = call_deadline();
    if (deadline > ms) {
      pass(ms, deadline);
      break;
    }
    pass(deadline, deadline);
    ms -= deadline;
    idle = deadline == 0 ? idle + 1 : 0;
    expect(idle <= MAX_IDLE_TIMERS, "no spinning");
    call_timer();
  }
  time_alone = false;
}

void world_to_deadline(void) {
  uint32_t deadline = call_deadline();
  pass(deadline, deadline);
  time_alone = true;
  sent_count = 0;
  call_timer();
  time_alone = false;
}

void world_jump(uint32_t ms, bool backward) {
  world.now += backward ? 0u - ms : ms;
}
