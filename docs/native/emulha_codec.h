/* What a shared library offers to be a stage of a method: native:lib=./mycodec.so
 *
 * Lengths and sizes are in bytes. A state is used by one thread at a time; functions
 * are called from several threads, each with a state of its own (NULL where the library
 * has no emulha_codec_create). A call holds up garbage collection, so it must return soon.
 * A function must not write outside its target; eight bytes behind it are watched.
 */
#ifndef EMULHA_CODEC_H
#define EMULHA_CODEC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Required. */

/* Largest encoding of so many bytes, at most twice as many and 4096 more. */
size_t emulha_codec_bound(size_t length);

/* Encodes length bytes into at most capacity (the bound of length); returns the size,
 * 0 or length and above if they do not shrink: then they are handed on as they are. */
size_t emulha_codec_compress(void *state, const unsigned char *source, size_t length,
                             unsigned char *target, size_t capacity);

/* Restores exactly length bytes from an encoding of exactly size bytes; returns 0, or
 * another number if it is none. It may be damaged: check every read and every write. */
int emulha_codec_decompress(void *state, const unsigned char *source, size_t size,
                            unsigned char *target, size_t length);

/* Optional. */

/* A new state for compression and decompression; level as in native:level=N. */
void *emulha_codec_create(int level);
void emulha_codec_destroy(void *state);

/* The same with the page's earlier content at hand, length bytes, that both ends hold.
 * Used where there is one, if the library has both functions. */
size_t emulha_codec_compress_against(void *state, const unsigned char *earlier,
                                     const unsigned char *source, size_t length,
                                     unsigned char *target, size_t capacity);
int emulha_codec_decompress_against(void *state, const unsigned char *earlier,
                                    const unsigned char *source, size_t size,
                                    unsigned char *target, size_t length);

/* What results call the codec: at most 255 characters each. */
const char *emulha_codec_name(void);
const char *emulha_codec_version(void);

#ifdef __cplusplus
}
#endif

#endif
