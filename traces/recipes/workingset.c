/* Writes one word to each page of a working set, over and over. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 4096, PAGES = 64 << 8 };

int main(void)
{
	unsigned char *memory = aligned_alloc(PAGE, (size_t)PAGE * PAGES);

	if (memory == NULL)
		return 1;
	for (uint64_t round = 1;; round++) {
		for (size_t page = 0; page < PAGES; page++)
			*(uint64_t *)(memory + page * PAGE) = round + page;
		if (round == 1) {
			puts("emulha: ready");
			fflush(stdout);
		}
	}
}
