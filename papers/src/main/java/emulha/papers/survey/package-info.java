/** Our own survey of methods over recordings, intervals and links. */
@NullMarked
package emulha.papers.survey;

import org.jspecify.annotations.NullMarked;
