#include "../../../../docs/native/emulha_codec.h"

#include <stdlib.h>
#include <string.h>

/* Misbehaves as the macro FAULT says. */

size_t emulha_codec_bound(size_t length) { return FAULT == 1 ? 0 : length; }

size_t emulha_codec_compress(void *state, const unsigned char *source, size_t length,
                             unsigned char *target, size_t capacity) {
  (void)state;
  if (FAULT == 2) memset(target, 1, capacity + 1);
  if (FAULT == 3) return capacity + 1;
  if (FAULT == 4) *(volatile int *)16 = source[length - 1];
  if (FAULT == 5) abort();
  target[0] = source[0];
  return 1;
}

int emulha_codec_decompress(void *state, const unsigned char *source, size_t size,
                            unsigned char *target, size_t length) {
  (void)state;
  (void)size;
  memset(target, source[0], length + (FAULT == 6 ? 1 : 0));
  if (FAULT == 6) target[length] ^= 0x55;
  return FAULT == 7 ? 42 : 0;
}

#if FAULT == 8
const char *emulha_codec_name(void) {
  static char name[512];
  memset(name, 'n', 256);
  return name;
}
#endif
