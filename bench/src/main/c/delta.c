/*
 * Plain C encoders of page deltas: what the Java kernels are measured against. Each is the
 * straightforward word-at-a-time loop, but for one with AVX2; the byte formats are those of
 * emulha.codecs.delta.
 */
#include <stdint.h>
#include <string.h>

#define PAGE 4096

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t load32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static int put_length(uint8_t *out, unsigned n)
{
    if (n < 0x80) {
        out[0] = n;
        return 1;
    }
    out[0] = (n & 0x7f) | 0x80;
    out[1] = n >> 7;
    return 2;
}

/* 1 if any byte of v is zero. */
static int has_zero_byte(uint64_t v)
{
    return ((v - 0x0101010101010101ULL) & ~v & 0x8080808080808080ULL) != 0;
}

/* Bytes written to out (room for PAGE), 0 if the pages are equal, -1 on overflow. */
int xbzrle_encode(const uint8_t *old, const uint8_t *new, uint8_t *out)
{
    int i = 0, d = 0;

    while (i < PAGE) {
        int start = i, run;

        if (d + 2 > PAGE)
            return -1;
        while (i < PAGE && (i & 7) && old[i] == new[i])
            i++;
        if (i < PAGE && !(i & 7)) {
            while (i < PAGE && load64(old + i) == load64(new + i))
                i += 8;
            while (i < PAGE && old[i] == new[i])
                i++;
        }
        if (i == PAGE)
            return d;
        d += put_length(out + d, i - start);
        if (d + 2 > PAGE)
            return -1;
        start = i;
        while (i < PAGE && (i & 7) && old[i] != new[i])
            i++;
        if (i < PAGE && !(i & 7)) {
            while (i < PAGE && !has_zero_byte(load64(old + i) ^ load64(new + i)))
                i += 8;
            while (i < PAGE && old[i] != new[i])
                i++;
        }
        run = i - start;
        d += put_length(out + d, run);
        if (d + run > PAGE)
            return -1;
        memcpy(out + d, new + start, run);
        d += run;
    }
    return d;
}

#ifdef __AVX2__
#include <immintrin.h>

/* Bit i is 1 if bytes i of 32 differ. */
static uint32_t differing(const uint8_t *old, const uint8_t *new)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)old);
    __m256i b = _mm256_loadu_si256((const __m256i *)new);

    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b));
}

/* The same bytes as xbzrle_encode, by masks of a vector's bytes, as QEMU's encoder for AVX-512. */
int xbzrle_avx2_encode(const uint8_t *old, const uint8_t *new, uint8_t *out)
{
    int d = 0, start = 0, differ = 0;

    for (int i = 0; i < PAGE; i += 32) {
        /* Bit i is 1 if byte i does not belong to the run at hand. */
        uint32_t others = differing(old + i, new + i);

        if (differ)
            others = ~others;
        while (others) {
            int bit = __builtin_ctz(others), run = i + bit - start;

            d += put_length(out + d, run);
            if (differ) {
                if (d + run > PAGE)
                    return -1;
                memcpy(out + d, new + start, run);
                d += run;
            }
            if (d + 2 > PAGE)
                return -1;
            start = i + bit;
            differ = !differ;
            others = ~others & (~0u << bit);
        }
    }
    if (differ) {
        int run = PAGE - start;

        d += put_length(out + d, run);
        if (d + run > PAGE)
            return -1;
        memcpy(out + d, new + start, run);
        d += run;
    }
    return d;
}
#endif

/* Applies an encoding to the page in place; 0, or -1 if it is malformed. */
int xbzrle_decode(const uint8_t *in, int length, uint8_t *page)
{
    int i = 0, at = 0;

    while (i < length) {
        unsigned n;

        n = in[i++];
        if (n & 0x80) {
            if (i == length || (in[i] & 0x80))
                return -1;
            n = (n & 0x7f) | (unsigned)in[i++] << 7;
        }
        at += n;
        if (i == length || at > PAGE)
            return -1;
        n = in[i++];
        if (n & 0x80) {
            if (i == length || (in[i] & 0x80))
                return -1;
            n = (n & 0x7f) | (unsigned)in[i++] << 7;
        }
        if (n == 0 || n > (unsigned)(PAGE - at) || n > (unsigned)(length - i))
            return -1;
        memcpy(page + at, in + i, n);
        at += n;
        i += n;
    }
    return 0;
}

/* Bytes written to out (room for PAGE + 9). */
int remus_encode(const uint8_t *old, const uint8_t *new, uint8_t *out)
{
    int word = 0, d = 0, skipped = 0;

    while (word < PAGE / 4) {
        int start = word, end = word + 127 < PAGE / 4 ? word + 127 : PAGE / 4;

        if (load32(old + word * 4) == load32(new + word * 4)) {
            while (word < end && load32(old + word * 4) == load32(new + word * 4))
                word++;
            out[d++] = 0x80 | (word - start);
            skipped += word - start;
        } else {
            while (word < end && load32(old + word * 4) != load32(new + word * 4))
                word++;
            out[d++] = word - start;
            memcpy(out + d, new + start * 4, (word - start) * 4);
            d += (word - start) * 4;
        }
    }
    if (skipped == PAGE / 4) {
        out[0] = 0;
        return 1;
    }
    return d;
}

/* Bytes written to out (room for PAGE + 10), -1 on overflow. */
int fitdoc_encode(const uint8_t *old, const uint8_t *new, uint8_t *out)
{
    int d = 0;

    for (int word = 0; word < PAGE / 8; word++) {
        uint64_t x = load64(old + word * 8) ^ load64(new + word * 8);

        if (x) {
            uint16_t index = word;

            if (d + 10 > PAGE)
                return -1;
            memcpy(out + d, &index, sizeof index);
            memcpy(out + d + 2, &x, sizeof x);
            d += 10;
        }
    }
    return d;
}

/* The encoders over many pairs of pages; each writes to the same out. The sum of all sizes. */
#define OVER_ALL(encode)                                                                  \
    long encode##_all(const uint8_t *old, const uint8_t *new, long pages, uint8_t *out)   \
    {                                                                                     \
        long sum = 0;                                                                     \
        for (long p = 0; p < pages; p++)                                                  \
            sum += encode(old + p * PAGE, new + p * PAGE, out);                           \
        return sum;                                                                       \
    }

OVER_ALL(xbzrle_encode)
#ifdef __AVX2__
OVER_ALL(xbzrle_avx2_encode)
#endif
OVER_ALL(remus_encode)
OVER_ALL(fitdoc_encode)

/* Decodes encodings that follow one another into pages that hold their earlier contents. */
long xbzrle_decode_all(const uint8_t *in, const int *lengths, long pages, uint8_t *out)
{
    long sum = 0;
    for (long p = 0; p < pages; p++) {
        sum += xbzrle_decode(in, lengths[p], out + p * PAGE);
        in += lengths[p];
    }
    return sum;
}
