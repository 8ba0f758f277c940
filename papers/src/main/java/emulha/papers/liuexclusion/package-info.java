/** Liu et al., memory exclusion: figures, claims and recipes. */
@NullMarked
package emulha.papers.liuexclusion;

import org.jspecify.annotations.NullMarked;
