/** The CRIU talk at the Linux Plumbers Conference: figures, claims and recipes. */
@NullMarked
package emulha.papers.criulpc;

import org.jspecify.annotations.NullMarked;
