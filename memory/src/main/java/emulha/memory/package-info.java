/**
 * What a VM's memory is to every other module: pages, the dirty pages of a checkpoint, the free
 * map, the RAM image, and digests over them. And files by how long they are to last: durable, in
 * the making, or while a process runs. Knows no socket, codec or clock.
 */
@NullMarked
package emulha.memory;

import org.jspecify.annotations.NullMarked;
