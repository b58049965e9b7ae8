/*
 * For wasm-rt-impl.c of wabt, which calls WASM_RT_TRAP_HANDLER: a trap is a crash.
 */
#ifndef TRAP_H
#define TRAP_H

#include "wasm-rt.h"

void harness_trap(wasm_rt_trap_t code);

#endif
