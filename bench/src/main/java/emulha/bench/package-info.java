/**
 * Speed of the kernels and methods against native peers, on recorded pages. Each {@link
 * emulha.bench.Contest} is the same work done by this project and by a native library or plain C;
 * {@link emulha.bench.Ratios} runs both sides in turns, {@link emulha.bench.ContestBenchmark} each
 * by itself under JMH. {@code docs/PERFORMANCE.md} says how, and what came out.
 */
@NullMarked
package emulha.bench;

import org.jspecify.annotations.NullMarked;
