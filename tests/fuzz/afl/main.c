/*
 * Built with afl-clang-fast, plays the inputs that AFL++ gives, in one process and through shared memory.
 * With files as arguments it plays those, `--trace` tells every call and all that the core did.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_INPUT 65536

#ifdef __AFL_FUZZ_TESTCASE_LEN
__AFL_FUZZ_INIT();
#endif

static void play_file(const char *path) {
  static uint8_t bytes[MAX_INPUT];
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(66);
  }
  size_t length = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  if (world.tracing) printf("file %s\n", path);
  scenario_play(bytes, length);
}

int main(int count, char **arguments) {
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  world_make();
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--trace") == 0) world.tracing = true;
    else play_file(arguments[i]);
  }
#ifdef __AFL_FUZZ_TESTCASE_LEN
  if (count > 1) return 0;
  __AFL_INIT();
  const uint8_t *bytes = __AFL_FUZZ_TESTCASE_BUF;
  while (__AFL_LOOP(100000)) scenario_play(bytes, (size_t)__AFL_FUZZ_TESTCASE_LEN);
#endif
  return 0;
}
