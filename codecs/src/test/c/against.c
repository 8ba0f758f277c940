#include "../../../../docs/native/emulha_codec.h"

#include <stdlib.h>

/* Differing bytes with their places, against earlier content or zeros; a state is counted. */

static int states;

int test_states(void) { return states; }

void *emulha_codec_create(int level) {
  if (level == 99) return NULL;
  __atomic_add_fetch(&states, 1, __ATOMIC_SEQ_CST);
  return malloc(8);
}

void emulha_codec_destroy(void *state) {
  __atomic_sub_fetch(&states, 1, __ATOMIC_SEQ_CST);
  free(state);
}

size_t emulha_codec_bound(size_t length) { return length; }

size_t emulha_codec_compress_against(void *state, const unsigned char *earlier,
                                     const unsigned char *source, size_t length,
                                     unsigned char *target, size_t capacity) {
  size_t size = 0;
  *(volatile long *)state = 1;
  if (capacity < 1) return 0;
  target[size++] = 'd';
  for (size_t i = 0; i < length; i++) {
    unsigned char old = earlier ? earlier[i] : 0;
    if (source[i] != old) {
      if (capacity - size < 5) return 0;
      for (int shift = 0; shift < 32; shift += 8) target[size++] = (unsigned char)(i >> shift);
      target[size++] = source[i];
    }
  }
  return size;
}

size_t emulha_codec_compress(void *state, const unsigned char *source, size_t length,
                             unsigned char *target, size_t capacity) {
  return emulha_codec_compress_against(state, NULL, source, length, target, capacity);
}

int emulha_codec_decompress_against(void *state, const unsigned char *earlier,
                                    const unsigned char *source, size_t size,
                                    unsigned char *target, size_t length) {
  *(volatile long *)state = 2;
  if (size % 5 != 1 || source[0] != 'd') return 1;
  for (size_t i = 0; i < length; i++) target[i] = earlier ? earlier[i] : 0;
  for (size_t at = 1; at < size; at += 5) {
    size_t place = 0;
    for (int i = 3; i >= 0; i--) place = place << 8 | source[at + i];
    if (place >= length) return 2;
    target[place] = source[at + 4];
  }
  return 0;
}

int emulha_codec_decompress(void *state, const unsigned char *source, size_t size,
                            unsigned char *target, size_t length) {
  return emulha_codec_decompress_against(state, NULL, source, size, target, length);
}
