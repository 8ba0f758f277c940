/** Hou et al., VTDC 2013: figures, claims and recipes. */
@NullMarked
package emulha.papers.hou2013;

import org.jspecify.annotations.NullMarked;
