/*
 * Plain C similarity compression: MD5 of each chunk from OpenSSL's libcrypto, one call each, looked
 * up in a table with open addressing that is emptied for each checkpoint.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

unsigned char *MD5(const unsigned char *data, unsigned long length, unsigned char *digest);

struct entry {
    uint64_t digest[2];
    uint32_t location;
    uint32_t used;
};

static struct entry *table;
static unsigned long slots;

/* Bytes of chunks and pointers written to out for this many chunks; -1 without memory. */
long similarity_all(const uint8_t *pages, long chunks, long chunk, uint8_t *out)
{
    uint8_t *start = out;

    if (slots < (unsigned long)chunks * 2) {
        free(table);
        for (slots = 1024; slots < (unsigned long)chunks * 2; slots *= 2)
            ;
        table = malloc(slots * sizeof *table);
        if (!table) {
            slots = 0;
            return -1;
        }
    }
    memset(table, 0, slots * sizeof *table);
    for (long c = 0; c < chunks; c++) {
        const uint8_t *bytes = pages + c * chunk;
        uint64_t digest[2];
        unsigned long slot;

        MD5(bytes, chunk, (unsigned char *)digest);
        slot = digest[0] & (slots - 1);
        while (table[slot].used &&
               (table[slot].digest[0] != digest[0] || table[slot].digest[1] != digest[1]))
            slot = (slot + 1) & (slots - 1);
        if (table[slot].used) {
            memcpy(out, &table[slot].location, 4);
            out += 4;
        } else {
            table[slot].used = 1;
            table[slot].location = c;
            memcpy(table[slot].digest, digest, 16);
            memcpy(out, bytes, chunk);
            out += chunk;
        }
    }
    return out - start;
}
