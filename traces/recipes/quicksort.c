/* Fills an array with pseudo-random numbers and sorts it in place, over and over. */
#include <stdint.h>
#include <stdio.h>

enum { COUNT = 8 << 20 };

static uint32_t numbers[COUNT];

static void sort(long low, long high)
{
	while (low < high) {
		uint32_t pivot = numbers[low + (high - low) / 2];
		long i = low, j = high;

		while (i <= j) {
			while (numbers[i] < pivot)
				i++;
			while (numbers[j] > pivot)
				j--;
			if (i <= j) {
				uint32_t swapped = numbers[i];
				numbers[i++] = numbers[j];
				numbers[j--] = swapped;
			}
		}
		/* The smaller part first, so that the stack stays shallow. */
		if (j - low < high - i) {
			sort(low, j);
			low = i;
		} else {
			sort(i, high);
			high = j;
		}
	}
}

int main(void)
{
	uint64_t state = 1;

	puts("emulha: ready");
	fflush(stdout);
	for (;;) {
		for (long i = 0; i < COUNT; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			numbers[i] = (uint32_t)(state >> 32);
		}
		sort(0, COUNT - 1);
	}
}
