#include "emulha_codec.h"

/* Runs of one byte: (number of bytes, 1 to 255), (byte), and so on. */

const char *emulha_codec_name(void) { return "runs"; }
const char *emulha_codec_version(void) { return "1.0"; }

size_t emulha_codec_bound(size_t length) { return 2 * length; }

size_t emulha_codec_compress(void *state, const unsigned char *source, size_t length,
                             unsigned char *target, size_t capacity) {
  size_t size = 0;
  (void)state;
  for (size_t at = 0; at < length;) {
    size_t run = 1;
    while (run < 255 && at + run < length && source[at + run] == source[at]) run++;
    if (capacity - size < 2) return 0;
    target[size++] = (unsigned char)run;
    target[size++] = source[at];
    at += run;
  }
  return size;
}

int emulha_codec_decompress(void *state, const unsigned char *source, size_t size,
                            unsigned char *target, size_t length) {
  size_t done = 0;
  (void)state;
  if (size % 2 != 0) return 1;
  for (size_t at = 0; at < size; at += 2) {
    size_t run = source[at];
    if (run == 0 || run > length - done) return 1;
    while (run-- > 0) target[done++] = source[at + 1];
  }
  return done == length ? 0 : 1;
}
