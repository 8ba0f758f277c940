/**
 * What a VM's memory is to every other module: pages, the dirty pages of a checkpoint, the free
 * map, the RAM image, and digests over them. Knows no file, socket, codec or clock.
 */
@NullMarked
package emulha.memory;

import org.jspecify.annotations.NullMarked;
