/**
 * What both ends of a replication agree on: frames and messages (specified in {@code
 * replication/PROTOCOL.md}), the checkpoints of several VMs read together, and the rows and files
 * in which a run's figures are kept.
 */
@NullMarked
package emulha.replication;

import org.jspecify.annotations.NullMarked;
