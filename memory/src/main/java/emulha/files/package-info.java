/**
 * Files by how long they are to last: whole or durable under their name, in the making, held by one
 * at a time, or there while a process runs; how directories go, and how several things are closed.
 */
@NullMarked
package emulha.files;

import org.jspecify.annotations.NullMarked;
