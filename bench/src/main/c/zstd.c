/*
 * libzstd called from C with the parameters of emulha's methods. What is declared here is of zstd.h
 * 1.4 and later, so that no header is needed.
 */
#include <stddef.h>

#define PAGE 4096
#define ROOM (2 * PAGE)

/* Values of ZSTD_cParameter, ZSTD_EndDirective. */
enum { LEVEL = 100, WINDOW_LOG = 101, LONG_DISTANCE = 160 };
enum { CONTENT_SIZE = 200, CHECKSUM = 201, DICT_ID = 202 };
enum { FLUSH = 1 };

/* Magic number, descriptor and window: emulha leaves them out of a page's frame. */
#define FRAME_HEADER 6

typedef struct { const void *bytes; size_t size, at; } input;
typedef struct { void *bytes; size_t size, at; } output;

void *ZSTD_createCCtx(void);
size_t ZSTD_CCtx_setParameter(void *context, int parameter, int value);
size_t ZSTD_CCtx_refPrefix(void *context, const void *prefix, size_t size);
size_t ZSTD_compress2(void *context, void *to, size_t room, const void *from, size_t size);
size_t ZSTD_compressStream2(void *context, output *out, input *in, int directive);
unsigned ZSTD_isError(size_t result);

static long page(void *context, const unsigned char *from, unsigned char *out)
{
    size_t size = ZSTD_compress2(context, out, ROOM, from, PAGE);

    return ZSTD_isError(size) ? -1 : (long)size;
}

/* Each page alone: the sum of all sizes, each at most a page. */
long zstd_all(const unsigned char *pages, long count, int level, unsigned char *out)
{
    static void *context;
    long sum = 0;

    if (!context)
        context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, LEVEL, level);
    for (long p = 0; p < count; p++) {
        long size = page(context, pages + p * PAGE, out);

        if (size < 0)
            return -1;
        sum += size < PAGE ? size : PAGE;
    }
    return sum;
}

/*
 * Each page with its earlier content as prefix: the sum of all encodings as the method prefix has
 * them, frame headers left out.
 */
long zstd_prefix_all(const unsigned char *old, const unsigned char *new, long count, int level,
                     unsigned char *out)
{
    static void *context;
    long sum = 0;

    if (!context) {
        context = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(context, LEVEL, level);
        ZSTD_CCtx_setParameter(context, CONTENT_SIZE, 0);
        ZSTD_CCtx_setParameter(context, CHECKSUM, 0);
        ZSTD_CCtx_setParameter(context, DICT_ID, 0);
    }
    for (long p = 0; p < count; p++) {
        long size;

        ZSTD_CCtx_refPrefix(context, old + p * PAGE, PAGE);
        size = page(context, new + p * PAGE, out) - FRAME_HEADER;
        if (size < 0)
            return -1;
        sum += size < PAGE ? size : PAGE;
    }
    return sum;
}

/* A context for zstd_stream, for good. */
void *zstd_stream_open(int level, int window_log)
{
    void *context = ZSTD_createCCtx();

    ZSTD_CCtx_setParameter(context, LEVEL, level);
    ZSTD_CCtx_setParameter(context, CHECKSUM, 0);
    ZSTD_CCtx_setParameter(context, WINDOW_LOG, window_log);
    ZSTD_CCtx_setParameter(context, LONG_DISTANCE, 1);
    return context;
}

/* Pages through one stream, flushed behind them: the bytes that they took. */
long zstd_stream(void *context, const unsigned char *pages, long count, unsigned char *out,
                 long room)
{
    input in = {pages, count * PAGE, 0};
    long sum = 0;
    size_t left;

    do {
        output to = {out, room, 0};

        left = ZSTD_compressStream2(context, &to, &in, FLUSH);
        if (ZSTD_isError(left))
            return -1;
        sum += to.at;
    } while (left);
    return sum;
}
