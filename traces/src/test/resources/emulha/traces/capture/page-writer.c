/*
 * Touches pages as told on standard input and answers each line, so that a test knows exactly
 * which pages were written:
 *   w PFN BYTE   writes the byte at the beginning of the page
 *   s PFN BYTE   the same, by a system call into the page (a write by the kernel)
 *   r PFN        reads the page; answers its first byte
 * Usage: page-writer FILE PAGES   memory is the file, mapped shared
 *        page-writer - PAGES      memory is private; the address is answered first
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char kind;
	unsigned long pfn;
	unsigned value;
	int zero[2];

	if (argc != 3 || pipe(zero) != 0)
		return 2;
	size_t bytes = strtoul(argv[2], NULL, 10) * 4096;
	int file = strcmp(argv[1], "-") == 0 ? -1 : open(argv[1], O_RDWR);
	unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				     file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, file, 0);
	if (memory == MAP_FAILED)
		return 3;
	printf("%lx\n", (unsigned long)memory);
	fflush(stdout);
	while (scanf(" %c %lu", &kind, &pfn) == 2) {
		volatile unsigned char *at = memory + pfn * 4096;
		value = 0;
		if (kind != 'r' && scanf("%u", &value) != 1)
			return 4;
		if (kind == 'w') {
			*at = (unsigned char)value;
		} else if (kind == 's') {
			unsigned char byte = (unsigned char)value;
			if (write(zero[1], &byte, 1) != 1 || read(zero[0], (void *)at, 1) != 1)
				return 5;
		} else {
			value = *at;
		}
		printf("%u\n", value);
		fflush(stdout);
	}
	return 0;
}
