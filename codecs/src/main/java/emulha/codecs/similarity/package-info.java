/**
 * Similarity compression (Hou §4.2): content that occurs more than once in the checkpoints of all
 * VMs is sent once; later occurrences are pointers to the first.
 */
@NullMarked
package emulha.codecs.similarity;

import org.jspecify.annotations.NullMarked;
