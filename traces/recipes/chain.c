/* Prints a hash chain over its memory, step by step. Nothing in it depends on time or chance. */
#include <stdint.h>
#include <stdio.h>

enum { WORDS = 4 << 17, CHANGED = 1 << 13 };

static uint64_t memory[WORDS];

/* The finaliser of SplitMix64. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

int main(void)
{
	uint64_t hash = 1;

	for (uint64_t i = 0; i < WORDS; i++)
		memory[i] = mix(i + 1);
	puts("emulha: ready");
	for (unsigned long step = 1;; step++) {
		for (uint64_t i = 0; i < CHANGED; i++)
			memory[mix(hash + i) % WORDS] += hash + i;
		for (uint64_t i = 0; i < WORDS; i++)
			hash = mix(hash + memory[i]);
		printf("chain %lu %016llx\n", step, (unsigned long long)hash);
		fflush(stdout);
	}
}
