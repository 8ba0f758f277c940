#include <stddef.h>

/* A codec (docs/native/emulha_codec.h) that does nothing: what is left is the call. */

size_t emulha_codec_bound(size_t length) { return length; }

size_t emulha_codec_compress(void *state, const unsigned char *source, size_t length,
                             unsigned char *target, size_t capacity) {
  (void)state, (void)source, (void)length, (void)target, (void)capacity;
  return 0;
}

int emulha_codec_decompress(void *state, const unsigned char *source, size_t size,
                            unsigned char *target, size_t length) {
  (void)state, (void)source, (void)size, (void)target, (void)length;
  return 1;
}
