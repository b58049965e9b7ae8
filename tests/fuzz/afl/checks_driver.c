/*
 * Runs one check of checks.c on what comes from standard input: `checks frame|request|log`. For
 * checks_test.ts.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world world;
const uint8_t OUR_MAC[6] = {2, 0, 0, 0, 0, 1};

void expect(bool holds, const char *what) {
  if (holds) return;
  printf("%s", what);
  exit(1);
}

int main(int count, char **arguments) {
  static uint8_t bytes[MAX_MESSAGE + 64];
  size_t length = fread(bytes, 1, sizeof bytes, stdin);
  if (count != 2) return 64;
  if (strcmp(arguments[1], "frame") == 0) check_frame(bytes, length);
  else if (strcmp(arguments[1], "request") == 0) check_request(bytes, length);
  else check_log(6, bytes, length);
  return 0;
}
