/* Raw deflate of each page alone with the system's zlib: one stream, reset for each page. */
#include <string.h>
#include <zlib.h>

#define PAGE 4096

/* The sum of all sizes, each at most a page; -1 if zlib fails. out has room for two pages. */
long deflate_all(const unsigned char *pages, long count, int level, unsigned char *out)
{
    static z_stream stream;
    static int level_now = -1;
    long sum = 0;

    if (level_now != level) {
        if (level_now >= 0)
            deflateEnd(&stream);
        memset(&stream, 0, sizeof stream);
        if (deflateInit2(&stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            return -1;
        level_now = level;
    }
    for (long p = 0; p < count; p++) {
        deflateReset(&stream);
        stream.next_in = (unsigned char *)pages + p * PAGE;
        stream.avail_in = PAGE;
        stream.next_out = out;
        stream.avail_out = 2 * PAGE;
        if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
            return -1;
        sum += stream.total_out < PAGE ? stream.total_out : PAGE;
    }
    return sum;
}
