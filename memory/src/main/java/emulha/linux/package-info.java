/** What Linux offers and the JDK does not: system calls, and what the kernel tells of threads. */
@NullMarked
package emulha.linux;

import org.jspecify.annotations.NullMarked;
